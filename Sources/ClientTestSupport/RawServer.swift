package import Foundation
import Glibc
import Synchronization

/// A server that says to each connection what a test wants it to say, right or wrong.
package final class RawServer: Sendable {
    /// A connection, on a thread of its own; closed when the talk is over.
    package final class Peer: Sendable {
        private let descriptor: Int32

        fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }

        /// A request's head, or nil where there is no more.
        package func head() -> String? {
            var head: [UInt8] = []
            var byte: UInt8 = 0
            while !head.ends(with: "\r\n\r\n") {
                guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
                head.append(byte)
            }
            return String(decoding: head, as: UTF8.self)
        }

        /// - Returns: whether the other side still takes it.
        @discardableResult
        package func send(_ text: String) -> Bool {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        /// Waits until the other side has hung up.
        ///
        /// - Parameter milliseconds: how long at most.
        /// - Returns: whether it has.
        @discardableResult
        package func awaitEnd(milliseconds: Int32 = 60_000) -> Bool {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, milliseconds) != 0
        }
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    private let listener: Int32
    private let count = Counter()
    package let port: Int

    /// - Parameter talk: nil for a server that takes nobody in once its queue is full.
    package init(_ talk: (@Sendable (Peer) -> Void)?) throws {
        (listener, port) = try Self.listen(backlog: talk == nil ? 0 : 64)
        guard let talk else { return }
        Thread { [listener, count] in
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                count.value.add(1, ordering: .relaxed)
                let peer = Peer(descriptor)
                Thread { talk(peer) }.start()
            }
            close(listener)
        }.start()
    }

    /// Wakes the thread that accepts, which then closes the listener.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    package var address: URL { .local(port: port) }

    /// Connections so far.
    package var accepted: Int { count.value.load(ordering: .relaxed) }

    /// A port that nobody listens on.
    package static func closedPort() throws -> Int {
        let (listener, port) = try listen(backlog: 1)
        close(listener)
        return port
    }

    private static func listen(backlog: Int32) throws -> (listener: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && Glibc.listen(listener, backlog) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.init(rawValue: errno) ?? .EINVAL) }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }
}

extension [UInt8] {
    fileprivate func ends(with text: StaticString) -> Bool {
        suffix(text.utf8CodeUnitCount)
            .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
