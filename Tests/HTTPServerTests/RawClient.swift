import Glibc

/// A blocking socket that sends bytes as they are.
final class RawClient {
    enum Failure: Error, Equatable {
        case connect(Int32)
        case send(Int32)
        case receive(Int32)
        case malformed(String)
    }

    struct Answer: Equatable {
        var statusLine: String
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]

        var code: Int { Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Reads fail after a minute: only a broken server makes a test wait that long.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.connect(errno) }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.send(errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes the close, when this goes out of scope, a reset.
    func abort() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// The next bytes, or nothing at the end.
    func receive() throws -> [UInt8] {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return buffer
        }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw Failure.receive(errno) }
        return Array(bytes[..<count])
    }

    /// Everything up to the end.
    func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while case let bytes = try receive(), !bytes.isEmpty { all += bytes }
        return all
    }

    /// Whether the server has closed, after `bytes` more at most.
    var isAtEnd: Bool {
        get throws { try receive().isEmpty }
    }

    /// One response, without what follows it.
    func answer(toHead: Bool = false) throws -> Answer {
        let mark = Array("\r\n\r\n".utf8)
        var scanned = 0
        var end: Int?
        while end == nil {
            while scanned + 4 <= buffer.count {
                if Array(buffer[scanned..<scanned + 4]) == mark {
                    end = scanned + 4
                    break
                }
                scanned += 1
            }
            if end == nil { try fill() }
        }
        let headBytes = buffer[..<(end ?? 0)]
        buffer.removeFirst(headBytes.count)
        let lines = String(decoding: headBytes, as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Failure.malformed(String(line)) }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        var answer = Answer(statusLine: String(lines[0]), headers: headers, body: [])
        let hasBody = !toHead && answer.code >= 200 && answer.code != 204 && answer.code != 304
        if hasBody {
            guard let length = headers["content-length"].flatMap({ Int($0) }) else {
                throw Failure.malformed("no length: \(answer.statusLine)")
            }
            while buffer.count < length { try fill() }
            answer.body = Array(buffer[..<length])
            buffer.removeFirst(length)
        }
        return answer
    }

    private func fill() throws {
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw Failure.receive(errno) }
        guard count > 0 else {
            throw Failure.malformed("closed early: \(String(decoding: buffer, as: UTF8.self))")
        }
        buffer += bytes[..<count]
    }
}
