import Glibc
import HTTPServer

/// An answer as it came over the wire; nothing is followed, decoded or cached.
struct WebAnswer: Sendable {
    let status: Int
    let reason: String
    /// By lower-case name; several of one name joined by ", ".
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    subscript(header: String) -> String? { headers[header.lowercased()] }

    init(parsing bytes: [UInt8]) throws {
        var end = 0
        while end + 4 <= bytes.count, bytes[end..<end + 4] != [13, 10, 13, 10] { end += 1 }
        guard end + 4 <= bytes.count else { throw WebClient.Failure.noAnswer }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let first = lines[0].split(separator: " ", maxSplits: 2).map(String.init)
        guard first.count >= 2, let status = Int(first[1]) else { throw WebClient.Failure.noAnswer }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased(), default: ""] +=
                (headers[line[..<colon].lowercased()] == nil ? "" : ", ") + value
        }
        self.status = status
        reason = first.count > 2 ? first[2] : ""
        self.headers = headers
        body = Array(bytes[(end + 4)...])
    }
}

/// Sends single requests, each on a connection of its own. Blocks threads of its own pool only.
struct WebClient: Sendable {
    enum Failure: Error {
        case system(Int32)
        case noAnswer
    }

    private static let threads = BlockingPool(label: "web-client", width: 8)

    let port: Int

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> WebAnswer {
        try await send("GET", path, headers)
    }

    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> WebAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        let request = Array("\(head)\r\n".utf8) + (body ?? [])
        let port = port
        return try await Self.threads.run { try WebAnswer(parsing: Self.exchange(request, port: port)) }
    }

    private static func exchange(_ request: [UInt8], port: Int) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.system(errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure.system(errno) }
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A server that refuses early may stop reading; its answer is there all the same.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
            answer += buffer[..<count]
        }
        return answer
    }
}
