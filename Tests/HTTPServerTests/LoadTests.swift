import HTTPMessage
import HTTPServer
import Logging
import Synchronization
import Testing

@Suite("Memory, many connections and draining")
struct LoadTests {
    @Test("a large upload arrives in pieces, whole", arguments: [true, false])
    func largeUpload(isChunked: Bool) async throws {
        let size = 256 << 20
        var handler = TestHandler { request in
            var count = 0
            do throws(RequestError) {
                while let piece = try await request.body.next() {
                    #expect(piece.count <= 256 << 10)
                    count += piece.count
                }
            } catch {
                return .refusal(error)
            }
            return .text(.ok, "\(count)")
        }
        handler.limit = size
        let answer = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            let block = [UInt8](repeating: 120, count: 1 << 20)
            if isChunked {
                try client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<size >> 20 {
                    try client.send("100000\r\n")
                    try client.send(block)
                    try client.send("\r\n")
                }
                try client.send("0\r\n\r\n")
            } else {
                try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
                for _ in 0..<size >> 20 { try client.send(block) }
            }
            return try client.answer().text
        }
        #expect(answer == "\(size)\n")
    }

    @Test("a consumer that does not read stops the client, and going on lets it go on")
    func backPressure() async throws {
        let goOn = Signal()
        let size = 64 << 20
        var handler = TestHandler { request in
            var count = 0
            do throws(RequestError) {
                count += try await request.body.next()?.count ?? 0
                await goOn.wait()
                while let piece = try await request.body.next() { count += piece.count }
            } catch {
                return .refusal(error)
            }
            return .text(.ok, "\(count)")
        }
        handler.limit = size
        let (stalledAt, answer) = try await withServer(handler) { port in
            let client = try RawClient(port: port)
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
            // Socket buffers fill up; then nothing more can be sent.
            let stalledAt = client.sendUntilStalled(limit: size)
            goOn.set()
            try client.send([UInt8](repeating: 120, count: size - stalledAt))
            return (stalledAt, try client.answer().text)
        }
        #expect(stalledAt < 32 << 20)
        #expect(answer == "\(size)\n")
    }

    @Test("serves 1,500 connections that stay open, from a handful of threads")
    func idleConnections() async throws {
        try await withRunningServer(configure: { $0.loops = 2 }) { server in
            let port = server.port
            let codes = try await clients.run {
                let all = try (0..<1500).map { _ in try RawClient(port: port) }
                for client in all { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
                let first = try all.map { try $0.answer().code }
                #expect(server.connectionCount == 1500)
                for client in all { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
                return first + (try all.map { try $0.answer().code })
            }
            #expect(codes == [Int](repeating: 200, count: 3000))
            while server.connectionCount > 0 { await Task.yield() }
        }
    }

    @Test("draining finishes what has begun, closes what idles and refuses what is new")
    func drain() async throws {
        let begun = Signal()
        let goOn = Signal()
        let handler = TestHandler(
            onImmediate: { $0.path == "/" ? .text(.ok, "hi") : nil },
            onRequest: { _ in
                begun.set()
                await goOn.wait()
                return .text(.ok, "finished")
            })
        try await withRunningServer(handler) { server in
            let port = server.port
            let (idle, busy) = try await clients.run {
                let idle = try RawClient(port: port)
                try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try idle.answer().code == 200)
                let busy = try RawClient(port: port)
                try busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
                return (SendableClient(idle), SendableClient(busy))
            }
            await begun.wait()
            async let drained: Void = server.drain(timeout: .seconds(60))
            let (idleAtEnd, newcomer) = try await clients.run {
                let isAtEnd = try idle.client.isAtEnd
                // The other loop may be a moment behind.
                var newcomer: RawClient.Failure?
                while newcomer == nil {
                    do { _ = try RawClient(port: port) } catch let error as RawClient.Failure {
                        newcomer = error
                    }
                }
                return (isAtEnd, newcomer)
            }
            #expect(idleAtEnd)
            #expect(newcomer == .connect(111))
            goOn.set()
            let answer = try await clients.run {
                let answer = try busy.client.answer()
                #expect(try busy.client.isAtEnd)
                return answer
            }
            #expect(answer.text == "finished\n")
            #expect(answer.headers["connection"] == "close")
            await drained
            #expect(server.connectionCount == 0)
        }
    }

    @Test("draining cuts off what is not done in time, and cancels its task")
    func drainDeadline() async throws {
        let begun = Signal()
        let cancelled = Signal()
        let handler = TestHandler { _ in
            begun.set()
            while !Task.isCancelled { await Task.yield() }
            cancelled.set()
            return .text(.ok, "too late")
        }
        try await withRunningServer(handler) { server in
            let port = server.port
            let client = try await clients.run {
                let client = try RawClient(port: port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return SendableClient(client)
            }
            await begun.wait()
            await server.drain(timeout: .milliseconds(50))
            await cancelled.wait()
            #expect(try await clients.run { try client.client.receiveAll() } == [])
            // A second one finds nothing to do.
            await server.drain(timeout: .seconds(60))
        }
    }

    @Test("a server that cannot listen says why")
    func cannotListen() async throws {
        try await withRunningServer { server in
            let configuration = ServerConfiguration(port: server.port)
            #expect(throws: ServerError.cannotListen(host: "127.0.0.1", port: server.port, errno: 98)) {
                try Server(
                    configuration: configuration, handler: TestHandler.echo, logger: .init(label: "test"))
            }
            #expect(throws: ServerError.alreadyStarted) { try server.start() }
        }
    }
}
