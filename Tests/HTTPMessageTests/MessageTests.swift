import HTTPMessage
import Testing

@Suite("Requests and responses as values")
struct MessageTests {
    @Test(
        "decodes path segments, or none of them",
        arguments: [
            ("/", [""]), ("/simple/flask/", ["simple", "flask", ""]), ("/a%20b/%C3%A9?x", ["a b", "é"]),
            ("//a", ["", "a"]), ("/%2e%2E/x", nil), ("/../x", nil), ("/a/.", nil), ("/a%2Fb", nil),
            ("/a%00", nil),
            ("/%", nil), ("/%2", nil), ("/%zz", nil), ("/%ff", nil), ("/a%0a", nil), ("/a...b", ["a...b"]),
        ] as [(String, [String]?)])
    func segments(target: String, expected: [String]?) throws {
        #expect(try RequestHead(.get, target).pathSegments() == expected)
    }

    @Test("decodes query items and leaves malformed ones out")
    func query() throws {
        let head = try RequestHead(.get, "/?a=1&b=%20+&c&=d&e=%f&g=h=i&%C3%A9=")
        let items = head.queryItems().map { "\($0.name)|\($0.value)" }
        #expect(items == ["a|1", "b|  ", "c|", "|d", "g|h=i", "é|"])
    }

    @Test("headers compare names without case, keep order and join values")
    func headers() {
        var headers: Headers = ["A": "1", "b": "2", "a": "3"]
        #expect(headers["A"] == "1, 3")
        #expect(headers.values("a") == ["1", "3"])
        headers["a"] = "4"
        #expect(headers.all.map { "\($0.name)=\($0.value)" } == ["b=2", "a=4"])
        headers["B"] = nil
        #expect(headers.count == 1)
    }

    @Test("a received head can be changed and keeps what it had")
    func receivedHeaders() throws {
        var headers = try RequestHead(.get, "/", headers: ["A": "1"]).headers
        headers.add("B", "2")
        #expect(headers.all.map { "\($0.name)=\($0.value)" } == ["A=1", "Host=localhost", "B=2"])
    }

    private func encoded(
        _ response: Response, answersHead: Bool = false, _ persistence: Response.Persistence = .implied
    ) -> String {
        var buffer: [UInt8] = []
        response.encodeHead(
            into: &buffer, standingLines: Array("Date: d\r\n".utf8), answersHead: answersHead,
            persistence: persistence)
        return String(decoding: buffer, as: UTF8.self)
    }

    @Test("no field value or reason can add lines to a response")
    func injection() {
        let response = Response(
            Status(400, reason: "a\r\nb\u{1F600}\u{85}é"), headers: ["X y:": "1\r\nSet-Cookie: 2\u{0}"])
        var buffer: [UInt8] = []
        response.encodeHead(into: &buffer, standingLines: [], answersHead: false, persistence: .implied)
        // The reason is Latin-1 on the wire.
        let text = buffer.map { $0 == 0xE9 ? "é" : String(UnicodeScalar($0)) }.joined()
        #expect(text == "HTTP/1.1 400 a  b? é\r\nX-y-: 1  Set-Cookie: 2 \r\nContent-Length: 0\r\n\r\n")
    }

    @Test("a reason is cut after 512 characters")
    func longReason() {
        #expect(Status(400, reason: String(repeating: "x", count: 600)).reason.count == 512)
    }

    @Test("the server's own fields cannot be given")
    func serverFields() {
        let response = Response(
            .ok, headers: ["Content-Length": "9", "A": "b", "transfer-encoding": "chunked", "Date": "never"],
            body: .bytes([1, 2]))
        #expect(encoded(response) == "HTTP/1.1 200 OK\r\nDate: d\r\nA: b\r\nContent-Length: 2\r\n\r\n")
        #expect(encoded(response, .close).hasSuffix("Connection: close\r\n\r\n"))
        #expect(encoded(response, .keepAlive).hasSuffix("Connection: keep-alive\r\n\r\n"))
    }

    @Test("204 and 304 say no length; HEAD says GET's", arguments: [204, 304])
    func lengths(code: Int) {
        #expect(encoded(Response(Status(code), body: .bytes([1]))).contains("Content-Length") == false)
        let declared = Response(.ok, headers: ["Content-Length": "123"])
        #expect(encoded(declared, answersHead: true).contains("Content-Length: 123\r\n"))
        #expect(encoded(declared).contains("Content-Length: 0\r\n"))
        #expect(
            encoded(Response(.ok, body: .bytes([1])), answersHead: true).contains("Content-Length: 1\r\n"))
    }
}
