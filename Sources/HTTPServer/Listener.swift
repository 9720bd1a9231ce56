import CLinux
import Glibc

/// A listening socket, shared by every loop.
final class Listener: Sendable {
    let descriptor: Int32
    /// The port it got.
    let port: Int

    /// - Throws: `.unknownHost`, `.cannotListen`.
    init(host: String, port: Int) throws(ServerError) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard (0...65_535).contains(port), getaddrinfo(host, String(port), &hints, &found) == 0,
            let first = found
        else { throw .unknownHost(host) }
        defer { freeaddrinfo(found) }

        var lastError: Int32 = 0
        var candidate: UnsafeMutablePointer<addrinfo>? = first
        while let address = candidate {
            if let descriptor = Self.open(address.pointee, error: &lastError) {
                self.descriptor = descriptor
                self.port = Self.port(of: descriptor)
                return
            }
            candidate = address.pointee.ai_next
        }
        throw .cannotListen(host: host, port: port, errno: lastError)
    }

    deinit {
        close(descriptor)
    }

    private static func open(_ address: addrinfo, error: inout Int32) -> Int32? {
        let descriptor = socket(address.ai_family, linux_SOCK_STREAM_NONBLOCK, 0)
        guard descriptor >= 0 else {
            error = errno
            return nil
        }
        var on: Int32 = 1
        var off: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        // Accepted sockets inherit these two.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, size)
        if address.ai_family == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size)
        }
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, listen(descriptor, 4096) == 0 else {
            error = errno
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func port(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { return 0 }
        // The port lies at the same place for both families.
        return withUnsafeBytes(of: &storage) {
            Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }
}
