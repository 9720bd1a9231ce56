import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import HTTPServer
import Testing

@Suite("Limits", .serialized, .ownThread)
struct LimitTests {
    private struct Enough: Error, Equatable {}

    @Test("a body has as many bytes as allowed, and not one more")
    func length() throws {
        let server = try Self.sending(1000, status: 200)
        #expect(try HTTPClient().send(.init(server.address), atMost: 1000).body.count == 1000)
        #expect(throws: HTTPClientError.tooLong(address: server.address.absoluteString, maxBytes: 999)) {
            try HTTPClient().send(.init(server.address), atMost: 999)
        }
    }

    @Test("what says why not may be longer than what was asked for, within reason", arguments: [404, 500])
    func refusal(status: Int) throws {
        let server = try Self.sending(1000, status: status)
        #expect(try HTTPClient().send(.init(server.address), atMost: 1).body.count == 1000)
        let talkative = try Self.sending((1 << 20) + 1, status: status)
        #expect(throws: HTTPClientError.tooLong(address: talkative.address.absoluteString, maxBytes: 1 << 20))
        {
            try HTTPClient().send(.init(talkative.address), atMost: 1)
        }
    }

    private static func sending(_ count: Int, status: Int) throws -> LocalServer {
        try LocalServer { _ in Response(Status(status), body: .bytes([UInt8](repeating: 7, count: count))) }
    }

    @Test("of a compressed body, the bytes that it becomes count")
    func bomb() throws {
        let server = try AnswerTests.compressing([UInt8](repeating: 0, count: 8 << 20))
        #expect(throws: HTTPClientError.tooLong(address: server.address.absoluteString, maxBytes: 1 << 20)) {
            try HTTPClient().send(.init(server.address), atMost: 1 << 20)
        }
    }

    @Test(
        "a body without an end is given up at the limit, also one that a sink takes",
        arguments: [false, true])
    func endless(hasSink: Bool) throws {
        let server = try Self.endless()
        var taken = 0
        let sink: HTTPClient.Sink = { taken += $0.count }
        #expect(throws: HTTPClientError.tooLong(address: server.address.absoluteString, maxBytes: 100_000)) {
            try HTTPClient().send(.init(server.address), atMost: 100_000, received: hasSink ? sink : nil)
        }
        #expect(taken <= 100_000)
        #expect(hasSink == (taken > 0))
    }

    @Test("a sink that throws ends the transfer with its error")
    func sinkThrows() throws {
        let server = try Self.endless()
        var calls = 0
        #expect(throws: Enough()) {
            try HTTPClient().fetch(server.address, atMost: .max) { _ in
                calls += 1
                if calls == 3 { throw Enough() }
            }
        }
        #expect(calls == 3)
    }

    /// A server that sends chunks until it is left.
    private static func endless() throws -> RawServer {
        try RawServer { peer in
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "2000\r\n" + String(repeating: "x", count: 0x2000) + "\r\n"
            while peer.send(chunk) {}
        }
    }
}

@Suite("Patience", .ownThread)
struct PatienceTests {
    enum Slowness: CaseIterable {
        case saysNothing, stopsInTheHead, stopsInTheBody, drips
    }

    @Test("a server that does not keep up is given up", arguments: Slowness.allCases)
    func tooSlow(_ slowness: Slowness) throws {
        let server = try RawServer { peer in
            _ = peer.head()
            switch slowness {
            case .saysNothing: break
            case .stopsInTheHead: peer.send("HTTP/1.1 200 OK\r\nContent-Le")
            case .stopsInTheBody: peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            case .drips:
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while !peer.awaitEnd(milliseconds: 50) { peer.send(".") }
            }
            peer.awaitEnd()
        }
        let client = HTTPClient(patience: .init(minimumRate: 1000, stalled: .seconds(1)))
        #expect(throws: HTTPClientError.tooSlow(address: server.address.absoluteString, seconds: 1)) {
            try client.send(.init(server.address), atMost: 1 << 20)
        }
    }

    @Test("a server that takes nobody in is given up, also by who waits for less than a second")
    func connecting() throws {
        let server = try RawServer(nil)
        // The queue of connections has one place.
        let waiting = try (0..<2).map { _ in try Occupant(port: server.port) }
        let client = HTTPClient(patience: .init(connecting: .milliseconds(300)))
        let error = #expect(throws: HTTPClientError.self) {
            try client.send(.init(server.address), atMost: 100)
        }
        guard case .unreachable(let address, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(address == server.address.absoluteString)
        #expect(reason.contains("timed out") || reason.contains("Timeout"))
        withExtendedLifetime(waiting) {}
    }

    /// A connection that is begun and left alone.
    private final class Occupant: Sendable {
        private let descriptor: Int32

        init(port: Int) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK, 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }

        deinit { close(descriptor) }
    }

    enum Breakage: String, CaseIterable {
        case beforeTheAnswer = ""
        case inTheBody = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"
        case inAChunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n12345"
        case betweenChunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"
        case noHTTP = "220 mail.example.org ESMTP\r\n"
    }

    @Test("an answer that breaks off is none, whatever had come", arguments: Breakage.allCases)
    func broken(_ breakage: Breakage) throws {
        let server = try RawServer { peer in
            if peer.head() != nil { peer.send(breakage.rawValue) }
        }
        let error = #expect(throws: HTTPClientError.self) {
            try HTTPClient().send(.init(server.address), atMost: 100)
        }
        guard case .unreachable(server.address.absoluteString, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("where nobody listens, nobody is reached")
    func closedPort() throws {
        let address = URL.local(port: try RawServer.closedPort())
        let error = #expect(throws: HTTPClientError.self) { try HTTPClient().fetch(address, atMost: 100) }
        guard case .unreachable(address.absoluteString, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "only the web is asked",
        arguments: ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
    func schemes(text: String) throws {
        let address = try #require(URL(string: text))
        let error = #expect(throws: HTTPClientError.self) { try HTTPClient().fetch(address, atMost: 1000) }
        guard case .unreachable(_, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("rotocol"))
    }
}
