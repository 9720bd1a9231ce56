import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import Synchronization
import Testing

@Suite("What is sent", .serialized, .ownThread)
struct RequestTests {
    @Test("method, path and headers go as they are given, and no client waits for a 100")
    func head() throws {
        let server = try LocalServer { _ in Response(.noContent) }
        var request = HTTPClient.Request(.local(port: server.port, "a%2Fb?q=1"))
        request.method = "DELETE"
        request.headers = ["Accept": "text/plain", "X-Test": "yes"]
        _ = try HTTPClient().send(request, atMost: 0)
        let head = try #require(server.requests.first).head
        #expect(head.method.rawValue == "DELETE")
        #expect(head.target == "/a%2Fb?q=1")
        #expect(head.headers["Accept"] == "text/plain")
        #expect(head.headers["X-Test"] == "yes")
        #expect(!head.headers.contains("Expect"))
        #expect(!head.headers.contains("Authorization"))
    }

    @Test("bytes go as the body, in one piece or none", arguments: [0, 1, 3 << 20])
    func bytes(count: Int) throws {
        let server = try LocalServer { _ in Response(.ok) }
        let bytes = Self.pattern(count)
        var request = HTTPClient.Request(server.address)
        request.method = "POST"
        request.body = .bytes(bytes)
        _ = try HTTPClient().send(request, atMost: 0)
        let received = try #require(server.requests.first)
        #expect(received.body == bytes)
        #expect(received.head.headers["Content-Length"] == "\(count)")
        #expect(!received.head.headers.contains("Expect"))
    }

    @Test("a file goes as the body, and its progress is told", arguments: [0, 3 << 20])
    func file(count: Int) throws {
        let server = try LocalServer { _ in Response(.ok) }
        let folder = try TemporaryFolder()
        let bytes = Self.pattern(count)
        try folder.write(bytes, to: "upload")
        var request = HTTPClient.Request(server.address)
        request.method = "PUT"
        request.body = .file(URL(fileURLWithPath: folder.path + "/upload"))
        var told: [Int] = []
        _ = try HTTPClient().send(request, atMost: 0, sent: { told.append($0) })
        #expect(server.requests.first?.body == bytes)
        #expect(server.requests.first?.head.headers["Content-Length"] == "\(count)")
        #expect(told.last == count)
        #expect(told == told.sorted())
    }

    @Test("a file that cannot be read is not begun to be sent")
    func noFile() throws {
        let server = try LocalServer { _ in Response(.ok) }
        var request = HTTPClient.Request(server.address)
        request.body = .file(URL(fileURLWithPath: "/nowhere/at/all"))
        #expect(throws: HTTPClientError.self) { try HTTPClient().send(request, atMost: 0) }
        #expect(server.requests.isEmpty)
    }

    @Test("what one request carried does not come with the next on the same connection")
    func nothingIsLeft() throws {
        let server = try LocalServer { _ in Response(.ok) }
        let client = HTTPClient()
        var request = HTTPClient.Request(server.address)
        request.method = "POST"
        request.headers = ["X-Secret": "1"]
        request.body = .bytes([1, 2, 3])
        _ = try client.send(request, atMost: 0)
        _ = try client.send(.init(server.address), atMost: 0)
        let second = server.requests[1]
        #expect(second.head.method == .get)
        #expect(!second.head.headers.contains("X-Secret"))
        #expect(second.body.isEmpty)
    }

    @Test("credentials go to their own origin, and to no other port or host")
    func credentials() throws {
        let (own, other) = (try LocalServer { _ in Response(.ok) }, try LocalServer { _ in Response(.ok) })
        let given = try #require(URL(string: "HTTP://127.0.0.1:\(own.port)/simple/"))
        let client = HTTPClient(credentials: [given: "user:pass:word"])
        _ = try client.send(.init(.local(port: own.port, "elsewhere")), atMost: 0)
        _ = try client.send(.init(other.address), atMost: 0)
        let alias = try #require(URL(string: "http://localhost:\(own.port)/simple/"))
        _ = try client.send(.init(alias), atMost: 0)
        _ = try client.send(.init(own.address), atMost: 0)

        let expected = "Basic " + Data("user:pass:word".utf8).base64EncodedString()
        #expect(own.requests.map { $0.head.headers["Authorization"] } == [expected, nil, expected])
        #expect(other.requests.map { $0.head.headers["Authorization"] } == [nil])
    }

    static func pattern(_ count: Int) -> [UInt8] {
        var bytes = (0..<251).map { UInt8($0) }
        while bytes.count < count { bytes += bytes }
        return Array(bytes.prefix(count))
    }
}

@Suite("Connections", .serialized, .ownThread)
struct ConnectionTests {
    /// Answers every request with its path, as long as the connection lasts.
    private static func echoing(closingAfter limit: Int = .max) throws -> RawServer {
        try RawServer { peer in
            for _ in 0..<limit {
                guard let head = peer.head() else { return }
                let path = head.split(separator: " ")[1]
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
        }
    }

    @Test("a connection is kept for the next request")
    func kept() throws {
        let server = try Self.echoing()
        let client = HTTPClient()
        for number in 0..<5 {
            let body = try client.fetch(.local(port: server.port, "\(number)"), atMost: 10)
            #expect(body == Array("/\(number)".utf8))
        }
        #expect(server.accepted == 1)
    }

    @Test("one that the server has closed is opened anew")
    func reopened() throws {
        let server = try Self.echoing(closingAfter: 1)
        let client = HTTPClient()
        for number in 0..<3 {
            #expect(try client.fetch(.local(port: server.port, "\(number)"), atMost: 10) != nil)
        }
        #expect(server.accepted == 3)
    }

    @Test(
        "one on which an answer was given up is not used again: its rest would be taken for the next answer")
    func givenUp() throws {
        let server = try Self.echoing()
        let client = HTTPClient()
        #expect(throws: HTTPClientError.self) {
            try client.fetch(.local(port: server.port, "much-too-long"), atMost: 3)
        }
        #expect(try client.fetch(.local(port: server.port, "b"), atMost: 3) == Array("/b".utf8))
        #expect(server.accepted == 2)
    }

    @Test("threads share a client, and each gets its own answers, over no more connections than threads")
    func threads() throws {
        let server = try Self.echoing()
        let client = HTTPClient()
        let bodies = try onThreads(16) { thread in
            try (0..<20).map { try client.fetch(.local(port: server.port, "\(thread)-\($0)"), atMost: 100) }
        }
        for (thread, found) in bodies.enumerated() {
            #expect(found == (0..<20).map { Array("/\(thread)-\($0)".utf8) })
        }
        #expect(server.accepted <= 16)
    }
}
