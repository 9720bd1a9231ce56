import Glibc
import Synchronization

/// How log lines are written.
package enum LogFormat: String, CaseIterable, Sendable {
    case text
    /// One JSON object a line, in printable ASCII.
    case json
}

/// A descriptor that several logs write to: what one write hands over stays together.
package final class LogOutput: Sendable {
    /// The lock orders writes; the descriptor itself never changes.
    private let descriptor: Mutex<Int32>
    private let ownsDescriptor: Bool

    /// Writes to an open descriptor, which stays the caller's: 2 for standard error.
    package init(descriptor: Int32) {
        self.descriptor = Mutex(descriptor)
        ownsDescriptor = false
    }

    /// Appends to a file, made with mode 0640.
    ///
    /// - Throws: `.system`.
    package init(path: String) throws(ServerError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .system(call: "open \(path)", errno: errno) }
        self.descriptor = Mutex(descriptor)
        ownsDescriptor = true
    }

    deinit {
        if ownsDescriptor { descriptor.withLock { _ = close($0) } }
    }

    /// Waits for as long as the reader is slow.
    ///
    /// - Returns: how many bytes could not be written, because the reader is gone or the disk is full.
    @discardableResult
    package func write(_ lines: [UInt8]) -> Int {
        descriptor.withLock { descriptor in
            var rest = lines[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, 1000)
                } else if errno != EINTR {
                    break
                }
            }
            return rest.count
        }
    }
}
