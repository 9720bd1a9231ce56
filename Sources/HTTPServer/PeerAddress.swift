import CLinux
import Glibc

/// Where a connection comes from.
package struct PeerAddress: Sendable {
    /// What connections are counted by: an IPv4 address, or the /64 that an IPv6 host has to itself.
    struct Key: Hashable, Sendable {
        let bits: UInt64
        let isIPv6: Bool
    }

    /// As ``Request/peer`` has it: an IPv4 address also where it came mapped into IPv6.
    package let text: String
    let key: Key

    /// - Returns: nil for what is no address, such as a host's name.
    package init?(_ text: String) {
        var (v4, v6) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: v4.s_addr)
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self = withUnsafeBytes(of: &v6) { PeerAddress(v6: $0) }
        } else {
            return nil
        }
    }

    init(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            self = withUnsafeBytes(of: &storage) { bytes in
                PeerAddress(v4: bytes.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr)
            }
        case AF_INET6:
            self = withUnsafeBytes(of: &storage) { bytes in
                var address = bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr
                return withUnsafeBytes(of: &address) { PeerAddress(v6: $0) }
            }
        default:
            self.init(text: "unknown", key: Key(bits: 0, isIPv6: false))
        }
    }

    /// - Parameter v4: in network order.
    private init(v4: UInt32) {
        let address = UInt32(bigEndian: v4)
        self.init(
            text: "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)",
            key: Key(bits: UInt64(address), isIPv6: false))
    }

    private init(v6 bytes: UnsafeRawBufferPointer) {
        let high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        // An IPv4 client of a dual-stack listener.
        if high == 0, low >> 32 == 0xFFFF {
            self.init(v4: UInt32(truncatingIfNeeded: low).bigEndian)
            return
        }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, bytes.baseAddress, &buffer, socklen_t(buffer.count))
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.init(text: text, key: Key(bits: high, isIPv6: true))
    }

    private init(text: String, key: Key) {
        self.text = text
        self.key = key
    }
}
