import CLinux
import Glibc
import HTTPMessage

/// What a connection still has to send.
struct OutputQueue {
    private enum Segment {
        case bytes([UInt8], sent: Int)
        case file(FileBody, sent: Int)
    }

    enum Outcome {
        /// Everything is with the kernel.
        case done
        /// The socket takes no more for now.
        case blocked
        /// Enough for one turn; others wait.
        case yielded
        /// The connection is of no more use.
        case failed
    }

    /// Bytes that one connection may send before others have their turn.
    private static let maxBytesPerTurn = 4 << 20

    private var segments: [Segment] = []
    /// Bytes taken by the kernel since the connection began.
    private(set) var sent = 0

    var isEmpty: Bool { segments.isEmpty }

    /// Bytes still to be sent.
    var unsent: Int {
        segments.reduce(0) { sum, segment in
            switch segment {
            case .bytes(let bytes, let sent): sum + bytes.count - sent
            case .file(let file, let sent): sum + file.length - sent
            }
        }
    }

    mutating func append(_ bytes: [UInt8], from start: Int = 0) {
        if start < bytes.count { segments.append(.bytes(bytes, sent: start)) }
    }

    mutating func append(_ file: FileBody) {
        if file.length > 0 { segments.append(.file(file, sent: 0)) }
    }

    mutating func noteSent(_ count: Int) { sent += count }

    /// Sends until all is sent or the socket is full.
    mutating func send(to descriptor: Int32) -> Outcome {
        let start = sent
        while let first = segments.first {
            if sent - start >= Self.maxBytesPerTurn { return .yielded }
            let count: Int
            switch first {
            case .file(let file, let sent): count = Self.sendFile(file, sent: sent, to: descriptor)
            case .bytes: count = sendBytes(to: descriptor)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .blocked : .failed
            }
            // The file has become shorter than was promised.
            if count == 0 { return .failed }
            sent += count
            drop(count)
        }
        return .done
    }

    private static func sendFile(_ file: FileBody, sent: Int, to descriptor: Int32) -> Int {
        var offset = off_t(file.offset + sent)
        return sendfile(descriptor, file.file.descriptor, &offset, min(file.length - sent, 1 << 20))
    }

    /// Sends the byte segments at the front, up to two at once: a head and its body.
    private func sendBytes(to descriptor: Int32) -> Int {
        guard case .bytes(let first, let firstSent) = segments[0] else { return 0 }
        return first.withUnsafeBytes { first in
            var vectors = [iovec(first, from: firstSent)]
            guard segments.count > 1, case .bytes(let second, let secondSent) = segments[1] else {
                // A file follows: let it share the head's packet.
                return sendMessage(&vectors, to: descriptor, flags: segments.count > 1 ? linux_MSG_MORE : 0)
            }
            return second.withUnsafeBytes { second in
                vectors.append(iovec(second, from: secondSent))
                return sendMessage(&vectors, to: descriptor, flags: 0)
            }
        }
    }

    private func sendMessage(_ vectors: inout [iovec], to descriptor: Int32, flags: Int32) -> Int {
        vectors.withUnsafeMutableBufferPointer { vectors in
            var message = msghdr()
            message.msg_iov = vectors.baseAddress
            message.msg_iovlen = vectors.count
            return sendmsg(descriptor, &message, linux_MSG_NOSIGNAL | flags)
        }
    }

    private mutating func drop(_ count: Int) {
        var rest = count
        while rest > 0, let first = segments.first {
            switch first {
            case .bytes(let bytes, let sent):
                let taken = min(rest, bytes.count - sent)
                rest -= taken
                advance(sent + taken == bytes.count ? nil : .bytes(bytes, sent: sent + taken))
            case .file(let file, let sent):
                let taken = min(rest, file.length - sent)
                rest -= taken
                advance(sent + taken == file.length ? nil : .file(file, sent: sent + taken))
            }
        }
    }

    private mutating func advance(_ segment: Segment?) {
        if let segment { segments[0] = segment } else { segments.removeFirst() }
    }
}

extension iovec {
    fileprivate init(_ buffer: UnsafeRawBufferPointer, from start: Int) {
        self.init(
            iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress.map { $0 + start }),
            iov_len: buffer.count - start)
    }
}
