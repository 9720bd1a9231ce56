import HTTPMessage
import HTTPServer
import Testing

@Suite("HTTP/1.1 over a socket")
struct ProtocolTests {
    @Test("keeps a connection for request after request")
    func keepAlive() async throws {
        let answers = try await withServer { port in
            let client = try RawClient(port: port)
            return try (0..<5).map { index in
                try client.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.answer()
            }
        }
        #expect(answers.map(\.text) == (0..<5).map { "GET /\($0) " })
        #expect(answers.allSatisfy { $0.headers["connection"] == nil })
        #expect(answers.allSatisfy { $0.headers["server"] == "bonded" && $0.headers["date"]?.count == 29 })
    }

    @Test("answers pipelined requests in order, immediate and slow ones mixed")
    func pipelining() async throws {
        let handler = TestHandler(
            onImmediate: {
                $0.target.hasPrefix("/i") ? Response(.ok, body: .bytes(Array($0.target.utf8))) : nil
            },
            onRequest: { request in
                await Task.yield()
                let body = (try? await request.body.collect(limit: 100)) ?? []
                return Response(.ok, body: .bytes(Array(request.head.target.utf8) + body))
            })
        let texts = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            var batch = ""
            for index in 0..<100 {
                batch += "GET /i\(index) HTTP/1.1\r\nHost: a\r\n\r\n"
                batch += "POST /s\(index) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                batch +=
                    "POST /c\(index) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"
            }
            try client.send(batch)
            return try (0..<300).map { _ in try client.answer().text }
        }
        #expect(texts == (0..<100).flatMap { ["/i\($0)", "/s\($0)abc", "/c\($0)def"] })
    }

    @Test("answers a request that comes byte by byte")
    func byteByByte() async throws {
        let answer = try await withServer { port in
            let client = try RawClient(port: port)
            for byte
                in "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                .utf8
            {
                try client.send([byte])
            }
            return try client.answer()
        }
        #expect(answer.text == "POST /x abc")
    }

    @Test("closes after the response where the client or the handler wants that, or HTTP/1.0 implies it")
    func closing() async throws {
        let handler = TestHandler { _ in Response(.ok, body: .bytes([65]), closesConnection: true) }
        for (request, handler) in [
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", TestHandler.echo),
            ("GET / HTTP/1.0\r\n\r\n", .echo),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", handler),
        ] {
            let (answer, isAtEnd) = try await withServer(handler) { port in
                let client = try RawClient(port: port)
                try client.send(request)
                return (try client.answer(), try client.isAtEnd)
            }
            #expect(answer.code == 200)
            #expect(answer.headers["connection"] == "close")
            #expect(isAtEnd)
        }
    }

    @Test("keeps an HTTP/1.0 connection where asked, and says so")
    func http10KeepAlive() async throws {
        let answers = try await withServer { port in
            let client = try RawClient(port: port)
            return try (0..<2).map { _ in
                try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                return try client.answer()
            }
        }
        #expect(answers.map { $0.headers["connection"] } == ["keep-alive", "keep-alive"])
    }

    @Test("sends 100 Continue when the handler wants the body, and not before")
    func expectContinue() async throws {
        let lines = try await withServer { port in
            let client = try RawClient(port: port)
            try client.send(
                "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            let first = try client.answer().statusLine
            try client.send("abc")
            let second = try client.answer()
            return [first, second.text]
        }
        #expect(lines == ["HTTP/1.1 100 Continue", "POST /x abc"])
    }

    @Test("a refusal spares the client that waits for 100 Continue the body")
    func expectRefused() async throws {
        var handler = TestHandler { _ in .text(.forbidden, "no") }
        handler.limit = 10
        for (length, code) in [(3, 403), (11, 413)] {
            let (answer, isAtEnd) = try await withServer(handler) { port in
                let client = try RawClient(port: port)
                try client.send(
                    "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
                )
                return (try client.answer(), try client.isAtEnd)
            }
            #expect(answer.code == code)
            #expect(isAtEnd)
        }
    }

    @Test("HEAD, 204 and 304 have no body, and the connection stays in step")
    func bodiless() async throws {
        let handler = TestHandler { request in
            let code = Int(request.head.path.dropFirst()) ?? 200
            return Response(Status(code), body: .bytes(Array("body".utf8)))
        }
        let answers = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            try client.send(
                "HEAD /200 HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "GET /304 HTTP/1.1\r\nHost: a\r\n\r\nGET /200 HTTP/1.1\r\nHost: a\r\n\r\n")
            return [
                try client.answer(toHead: true), try client.answer(), try client.answer(),
                try client.answer(),
            ]
        }
        #expect(answers.map(\.code) == [200, 204, 304, 200])
        #expect(answers.map { $0.headers["content-length"] } == ["4", nil, nil, "4"])
        #expect(answers[3].text == "body")
    }

    @Test("a small body that the handler left unread is skipped; a large one closes the connection")
    func unreadBody() async throws {
        let handler = TestHandler { .text(.ok, $0.head.target) }
        let texts = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            let body = String(repeating: "x", count: 60_000)
            try client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n\(body)")
            try client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            return [try client.answer().text, try client.answer().text]
        }
        #expect(texts == ["/1\n", "/2\n"])

        let (answer, isAtEnd) = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            try client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            try client.send([UInt8](repeating: 120, count: 1_000_000))
            return (try client.answer(), try client.isAtEnd)
        }
        #expect(answer.headers["connection"] == "close")
        #expect(isAtEnd)
    }

    @Test("a client that has closed its own side still gets the answer")
    func halfClosed() async throws {
        let (answer, isAtEnd) = try await withServer { port in
            let client = try RawClient(port: port)
            try client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            client.finish()
            return (try client.answer(), try client.isAtEnd)
        }
        #expect(answer.text == "POST /x abc")
        #expect(isAtEnd)
    }

    @Test("a handler that waits does not hold up other connections")
    func slowHandler() async throws {
        let signal = Signal()
        let handler = TestHandler { request in
            if request.head.path == "/slow" { await signal.wait() } else { signal.set() }
            return .text(.ok, request.head.path)
        }
        let texts = try await withServer(handler, configure: { $0.loops = 1 }) { port in
            let slow = try RawClient(port: port)
            try slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            let fast = try RawClient(port: port)
            try fast.send("GET /fast HTTP/1.1\r\nHost: a\r\n\r\n")
            return [try fast.answer().text, try slow.answer().text]
        }
        #expect(texts == ["/fast\n", "/slow\n"])
    }

    @Test("a reason of one's own reaches the client")
    func reason() async throws {
        let handler = TestHandler { _ in
            Response(Status(400, reason: "File already exists ('x', \"y\")\r\nX: y"))
        }
        let answer = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.answer()
        }
        #expect(answer.statusLine == "HTTP/1.1 400 File already exists ('x', \"y\")  X: y")
        #expect(answer.headers["x"] == nil)
    }
}
