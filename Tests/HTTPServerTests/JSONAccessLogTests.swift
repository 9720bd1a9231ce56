import CanonicalJSON
import HTTPServer
import Testing

@Suite("The access log as JSON")
struct JSONAccessLogTests {
    private static func lines(
        _ client: @escaping @Sendable (Int) throws -> Void
    ) async throws -> [JSONObject] {
        let file = TemporaryFile([])
        let log = AccessLog(try LogOutput(path: file.path), format: .json)
        try await withServer(configure: { $0.accessLog = log }, client: client)
        return try file.contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast().map { try #require(JSONValue(parsing: Array($0)).object) }
    }

    @Test("has what the text has, as members")
    func members() async throws {
        let lines = try await Self.lines { port in
            let client = try RawClient(port: port)
            try client.send("GET /a\"b\\c HTTP/1.1\r\nHost: a\r\nUser-Agent: x\ty\"\u{e9}\r\n\r\n")
            _ = try client.answer()
            try client.send("GARBAGE\r\n\r\n")
            _ = try client.answer()
        }
        try #require(lines.count == 2)
        let request = lines[0]
        #expect(try #require(request["time"]?.string).hasSuffix("Z"))
        #expect(try #require(request["microseconds"]?.integer) >= 0)
        #expect(
            request.removing(["time", "microseconds"]) == [
                "level": "info", "label": "bonded.access", "message": "request", "peer": "127.0.0.1",
                "method": "GET", "target": "/a\"b\\c", "version": "HTTP/1.1", "status": 200, "bytes": 11,
                "user_agent": "x\ty\"\u{e9}",
            ])
        #expect(lines[1]["status"] == 400)
        #expect(lines[1]["user_agent"] == nil)
    }

    @Test("is a line for each request, whatever bytes a client sends")
    func hostile() async throws {
        let rounds = 300
        let lines = try await Self.lines { port in
            var random = SystemRandomNumberGenerator()
            for _ in 0..<rounds {
                func noise() -> [UInt8] {
                    (0..<Int.random(in: 1...60, using: &random)).map { _ in
                        UInt8.random(in: .min ... .max, using: &random)
                    }.filter { $0 != 0x0A }
                }
                let client = try RawClient(port: port)
                try client.send(
                    Array("GET /".utf8) + noise() + Array(" HTTP/1.1\r\nHost: a\r\nUser-Agent: ".utf8)
                        + noise() + Array("\r\n\r\n".utf8))
                _ = try client.answer()
            }
        }
        #expect(lines.count == rounds)
        #expect(lines.allSatisfy { $0["label"] == "bonded.access" && $0["status"]?.integer != nil })
    }
}
