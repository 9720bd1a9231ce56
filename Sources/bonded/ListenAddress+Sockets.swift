import Foundation

extension ListenAddress {
    /// The same address with a port that nobody used a moment ago: its own, or any where that is 0.
    ///
    /// - Throws: ``Refusal`` where the port is taken or the host is not this machine's.
    func withFreePort() throws -> ListenAddress {
        let free = withSocket { descriptor, address -> ListenAddress? in
            var reuse: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
            guard bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
                return nil
            }
            var bound = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let port: UInt16? = withUnsafeMutablePointer(to: &bound) { storage in
                storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    guard getsockname(descriptor, address, &length) == 0 else { return nil }
                    return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                        $0.pointee.sin_port
                    }
                }
            }
            // The port stands in the same place of IPv4's and IPv6's addresses.
            return port.map { ListenAddress(host: host, port: Int(UInt16(bigEndian: $0))) }
        }
        guard let free else {
            throw Refusal(
                "cannot listen at \(authority): is the port taken? Name another with --listen")
        }
        return free
    }

    func acceptsConnections() -> Bool {
        let connected = withSocket { descriptor, address in
            connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 ? true : nil
        }
        return connected != nil
    }

    /// - Parameter use: nil where the address did not serve; the next one of the host's is tried.
    /// - Returns: nil where none served.
    private func withSocket<Value>(
        _ use: (Int32, UnsafeMutablePointer<addrinfo>) -> Value?
    ) -> Value? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        defer { freeaddrinfo(list) }
        guard status == 0 else { return nil }
        var next = list
        while let address = next {
            let descriptor = socket(address.pointee.ai_family, address.pointee.ai_socktype, 0)
            defer { close(descriptor) }
            if descriptor >= 0, let value = use(descriptor, address) { return value }
            next = address.pointee.ai_next
        }
        return nil
    }
}
