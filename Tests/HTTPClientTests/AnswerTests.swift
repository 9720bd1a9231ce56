import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import HTTPServer
import Testing

@Suite("What comes back", .serialized, .ownThread)
struct AnswerTests {
    @Test("an answer has the status, the body and, in lowercase and without parameters, the media type")
    func parts() throws {
        let server = try LocalServer { _ in
            Response(
                Status(418), headers: ["Content-Type": "Text/HTML; charset=utf-8"], body: .bytes([1, 2]))
        }
        let answer = try HTTPClient().send(.init(server.address), atMost: 2)
        #expect(answer.status == 418)
        #expect(answer.mediaType == "text/html")
        #expect(answer.body == [1, 2])
    }

    @Test(
        "the other side's clock is read where its Date is one",
        arguments: [
            ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 784_111_777), ("Date: tomorrow\r\n", nil), ("", nil),
        ] as [(String, Int?)])
    func date(field: String, seconds: Int?) throws {
        let server = try RawServer { peer in
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\n\(field)Content-Length: 0\r\n\r\n")
        }
        let answer = try HTTPClient().send(.init(server.address), atMost: 0)
        #expect(answer.date == seconds)
        #expect(answer.mediaType == nil)
    }

    @Test("a file that is not there, or not for us, is none", arguments: [403, 404, 410])
    func noFile(status: Int) throws {
        let server = try LocalServer { _ in .text(Status(status), "no") }
        #expect(try HTTPClient().fetch(server.address, atMost: 100) == nil)
    }

    @Test("fetching ends with any other status but 200", arguments: [204, 206, 301, 304, 401, 500, 503])
    func otherStatus(status: Int) throws {
        let server = try LocalServer { _ in Response(Status(status)) }
        #expect(throws: HTTPClientError.status(status, address: server.address.absoluteString, said: nil)) {
            try HTTPClient().fetch(server.address, atMost: 100)
        }
    }

    @Test(
        "what a server says with a refusal is kept as far as it can be shown: one line of plain printable text",
        arguments: [
            ("text/plain; charset=utf-8", "busy\nreally", "busy"), ("text/html", "busy", nil),
            ("text/plain", "", nil),
            ("text/plain", "\u{1B}[31mbusy", nil), ("text/plain", "caf\u{e9}", nil),
            ("text/plain", String(repeating: "a", count: 400), String(repeating: "a", count: 300)),
        ] as [(String, String, String?)])
    func words(type: String, body: String, said: String?) throws {
        let server = try LocalServer { _ in
            Response(.serviceUnavailable, headers: ["Content-Type": type], body: .bytes(Array(body.utf8)))
        }
        #expect(throws: HTTPClientError.status(503, address: server.address.absoluteString, said: said)) {
            try HTTPClient().fetch(server.address, atMost: 1000)
        }
    }

    @Test(
        "nobody is sent elsewhere: a redirect is an answer like any other", arguments: [301, 302, 307, 308])
    func redirect(status: Int) throws {
        let elsewhere = try LocalServer { _ in .text(.ok, "elsewhere") }
        let server = try LocalServer { request in
            let target = request.path == "near" ? "/other" : elsewhere.address.absoluteString
            return Response(Status(status), headers: ["Location": target])
        }
        for path in ["near", "far"] {
            let answer = try HTTPClient().send(.init(.local(port: server.port, path)), atMost: 100)
            #expect(answer.status == status)
        }
        #expect(server.requests.map(\.path) == ["near", "far"])
        #expect(elsewhere.requests.isEmpty)
    }

    @Test("what is compressed on its way comes decompressed")
    func compressed() throws {
        let text = Array(String(repeating: "bonded ", count: 1000).utf8)
        let server = try Self.compressing(text)
        let answer = try HTTPClient().send(.init(server.address), atMost: text.count)
        #expect(answer.body == text)
        #expect(server.requests[0].head.headers["Accept-Encoding"]?.contains("gzip") == true)
    }

    @Test("a sink gets a file's own bytes, also from a server that calls them compressed")
    func identity() throws {
        let text = Array(String(repeating: "bonded ", count: 1000).utf8)
        let compressed = try #require(Gzip.compress(text))
        let server = try Self.compressing(text)
        var body: [UInt8] = []
        let rest = try HTTPClient().fetch(server.address, atMost: text.count) { body += $0 }
        #expect(body == compressed)
        #expect(rest == [])
        #expect(server.requests[0].head.headers["Accept-Encoding"] == "identity")
    }

    @Test("a sink gets nothing of an answer that is no success: it is the answer's body")
    func sinkOfRefusal() throws {
        let server = try LocalServer { _ in .text(.notFound, "none") }
        var body: [UInt8] = []
        let answer = try HTTPClient().send(.init(server.address), atMost: 100, received: { body += $0 })
        #expect(body.isEmpty)
        #expect(answer.body == Array("none\n".utf8))
    }

    static func compressing(_ bytes: [UInt8]) throws -> LocalServer {
        try LocalServer { _ in
            Response(.ok, headers: ["Content-Encoding": "gzip"], body: .bytes(Gzip.compress(bytes) ?? []))
        }
    }
}
