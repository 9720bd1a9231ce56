import HTTPMessage
import HTTPServer
import Testing

@Suite("Hostile and broken clients")
struct HostileClientTests {
    static let refused: [(String, Int)] = [
        ("GET / HTTP/1.1\nHost: a\n\n", 400),
        ("GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("CONNECT a/b:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n", 417),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx", 400),
        ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 40_000))\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: \(String(repeating: "a", count: 9000))",
            431
        ),
    ]

    @Test("get the right refusal, a sentence, and a closed connection", arguments: refused)
    func refusals(text: String, code: Int) async throws {
        let handler = TestHandler { request in
            do throws(RequestError) {
                // A body of any declared length: the decoder, not the collector, must refuse.
                while try await request.body.next() != nil {}
                return .text(.ok, "fine")
            } catch {
                return .refusal(error)
            }
        }
        let (answer, isAtEnd) = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            let chunk = code == 413 && text.contains("7FFFFFFF") ? String(repeating: "x", count: 2 << 20) : ""
            try client.send(text + chunk)
            return (try client.answer(), try client.isAtEnd)
        }
        #expect(answer.code == code)
        #expect(answer.headers["connection"] == "close")
        #expect(answer.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(answer.text.hasPrefix("\(code) \(Status(code).reason)\n"))
        #expect(isAtEnd)
    }

    @Test("nothing after a refused request is answered")
    func noSmuggling() async throws {
        let bytes = try await withServer { port in
            let client = try RawClient(port: port)
            try client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.receiveAll()
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 400 "))
        #expect(text.split(separator: "HTTP/1.1 ").count == 1)
    }

    @Test("a head that does not come to its end is answered with 408, however steadily it trickles")
    func slowHead() async throws {
        let (answer, isAtEnd) = try await withServer(configure: { $0.headTimeout = .milliseconds(100) }) {
            port in
            let client = try RawClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            var answer: RawClient.Answer?
            // Each byte comes well within the timeout; only the whole is late.
            while answer == nil {
                if (try? client.send("X")) == nil { break }
                if client.hasInput(within: 20) { answer = try client.answer() }
            }
            return (answer, try client.isAtEnd)
        }
        #expect(answer?.code == 408)
        #expect(isAtEnd)
    }

    @Test("a silent connection is closed without a word, before and after a request")
    func silence() async throws {
        let ends = try await withServer(configure: {
            $0.headTimeout = .milliseconds(50)
            $0.idleTimeout = .milliseconds(50)
        }) { port in
            let silent = try RawClient(port: port)
            let idle = try RawClient(port: port)
            try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try idle.answer()
            return [try silent.isAtEnd, try idle.isAtEnd]
        }
        #expect(ends == [true, true])
    }

    @Test("a body that stops, or only trickles, fails with 408", arguments: [0, 1])
    func slowBody(bytesPerTurn: Int) async throws {
        let answer = try await withServer(configure: {
            $0.bodyTimeout = .milliseconds(100)
            $0.minimumRate = 10_000
        }) { port in
            let client = try RawClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
            while !client.hasInput(within: 10) {
                try client.send([UInt8](repeating: 120, count: bytesPerTurn))
            }
            return try client.answer()
        }
        #expect(answer.code == 408)
        #expect(answer.headers["connection"] == "close")
    }

    @Test("a body at the minimum rate is waited for, beyond the timeout")
    func steadyBody() async throws {
        let answer = try await withServer(configure: {
            $0.bodyTimeout = .milliseconds(400)
            $0.minimumRate = 10
        }) { port in
            let client = try RawClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n")
            for _ in 0..<60 {
                #expect(!client.hasInput(within: 10))
                try client.send("x")
            }
            return try client.answer()
        }
        #expect(answer.code == 200)
    }

    @Test("a client that does not read its response is cut off")
    func slowReader() async throws {
        let handler = TestHandler { _ in Response(.ok, body: .bytes([UInt8](repeating: 65, count: 8 << 20)))
        }
        let result = try await withRunningServer(handler, configure: { $0.writeTimeout = .milliseconds(100) })
        {
            server in
            let port = server.port
            let client = try await clients.run {
                let client = try RawClient(port: port, receiveBuffer: 4096)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return SendableClient(client)
            }
            while server.connectionCount > 0 { await Task.yield() }
            return try await clients.run { (try? client.client.receiveAll().count) ?? 0 }
        }
        #expect(result < 8 << 20)
    }

    @Test("a client that goes away cancels the handler's task, before and after its body")
    func departure() async throws {
        for request in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        ] {
            let begun = Signal()
            let ended = Signal()
            let handler = TestHandler { request in
                begun.set()
                do throws(RequestError) {
                    while try await request.body.next() != nil {}
                    #expect(request.head.framing == .none)
                    while !Task.isCancelled { await Task.yield() }
                } catch {
                    #expect(error == .disconnected)
                    #expect(request.head.framing == .length(9))
                }
                ended.set()
                return .text(.ok, "nobody reads this")
            }
            try await withRunningServer(handler) { server in
                let port = server.port
                let client = try await clients.run {
                    let client = try RawClient(port: port)
                    try client.send(request)
                    return SendableClient(client)
                }
                await begun.wait()
                client.client.finish()
                await ended.wait()
                client.client.abort()
            }
        }
    }

    @Test("a client that resets in the middle of a response leaves nothing behind")
    func abortedResponse() async throws {
        let handler = TestHandler { _ in Response(.ok, body: .bytes([UInt8](repeating: 65, count: 8 << 20)))
        }
        try await withRunningServer(handler) { server in
            let port = server.port
            try await clients.run {
                for _ in 0..<5 {
                    let client = try RawClient(port: port)
                    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try client.receive()
                    client.abort()
                }
            }
            while server.connectionCount > 0 { await Task.yield() }
            let next = try await clients.run {
                let client = try RawClient(port: port)
                try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.answer(toHead: true).code
            }
            #expect(next == 200)
        }
    }

    @Test(
        "connections beyond the cap of one address, or of the server, are told so", arguments: [true, false])
    func caps(perAddress: Bool) async throws {
        try await withRunningServer(configure: {
            if perAddress { $0.maxConnectionsPerAddress = 3 } else { $0.maxConnections = 3 }
        }) { server in
            let port = server.port
            let held = try await clients.run {
                try (0..<3).map { _ in
                    let client = try RawClient(port: port)
                    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(try client.answer().code == 200)
                    return SendableClient(client)
                }
            }
            let (refused, isAtEnd) = try await clients.run {
                let client = try RawClient(port: port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return (try client.answer(), try client.isAtEnd)
            }
            #expect(refused.code == 503)
            #expect(refused.text == "503 Service Unavailable\nToo many connections are open.\n")
            #expect(isAtEnd)

            held[0].client.finish()
            while server.connectionCount > 2 { await Task.yield() }
            let again = try await clients.run {
                let client = try RawClient(port: port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.answer().code
            }
            #expect(again == 200)
        }
    }
}
