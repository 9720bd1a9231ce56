import HTTPMessage
import HTTPServer
import Synchronization
import Testing

@Suite("The pool for blocking work")
struct BlockingPoolTests {
    private struct Boom: Error, Equatable {}

    @Test("hands results and errors back")
    func results() async throws {
        let pool = BlockingPool(label: "t", width: 2)
        #expect(try await pool.run { 41 + 1 } == 42)
        await #expect(throws: Boom()) { try await pool.run { throw Boom() } }
    }

    @Test(
        "runs no more pieces at once than it is wide, refuses what exceeds its queue, forgets the cancelled")
    func bounds() async throws {
        let pool = BlockingPool(label: "t", width: 2, maxQueued: 1)
        let gate = Gate()
        async let first: Void = pool.run { gate.pass() }
        async let second: Void = pool.run { gate.pass() }
        while gate.waiting < 2 { await Task.yield() }
        let queued = Task { try await pool.run { gate.pass() } }
        // The queue has one place: whoever comes second is refused.
        var refusals = 0
        while refusals == 0 {
            do {
                let probe = Task { try await pool.run {} }
                probe.cancel()
                try await probe.value
            } catch is BlockingPool.Refusal {
                refusals += 1
            } catch is CancellationError {
                await Task.yield()
            }
        }
        #expect(gate.waiting == 2)
        queued.cancel()
        await #expect(throws: CancellationError.self) { try await queued.value }
        gate.open()
        _ = try await (first, second)
        #expect(gate.passed == 2)
        #expect(try await pool.run { 1 } == 1)
    }
}

/// Blocks threads until it is opened.
private final class Gate: Sendable {
    private let state = Mutex((waiting: 0, isOpen: false, passed: 0))

    var waiting: Int { state.withLock { $0.waiting } }
    var passed: Int { state.withLock { $0.passed } }

    func open() { state.withLock { $0.isOpen = true } }

    func pass() {
        state.withLock { $0.waiting += 1 }
        while !state.withLock({ $0.isOpen }) {}
        state.withLock { $0.passed += 1 }
    }
}

@Suite("The access log")
struct AccessLogTests {
    @Test("has a line for each request, with nothing in it that could break one")
    func lines() async throws {
        let file = TemporaryFile([])
        let log = AccessLog(try LogOutput(path: file.path))
        try await withServer(configure: { $0.accessLog = log }) { port in
            let client = try RawClient(port: port)
            try client.send("GET /a\"b\\c HTTP/1.1\r\nHost: a\r\nUser-Agent: x\ty\"\u{e9}\r\n\r\n")
            _ = try client.answer()
            try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            _ = try client.answer()
            try client.send("GARBAGE\r\n\r\n")
            _ = try client.answer()
        }
        let lines = String(decoding: file.contents, as: UTF8.self).split(separator: "\n").map { line in
            // The time and the duration differ from run to run.
            line.split(separator: " ").enumerated().filter { $0.offset != 1 && $0.offset != 7 }.map(\.element)
                .joined(separator: " ")
        }
        #expect(
            lines == [
                #"127.0.0.1 "GET /a\x22b\x5cc HTTP/1.1" 200 11 "x\x09y\x22\xc3\xa9""#,
                #"127.0.0.1 "POST /p HTTP/1.1" 200 11 "-""#,
                #"127.0.0.1 "- - -" 400 47 "-""#,
            ])
    }

    @Test("counts only the bytes that a client took")
    func aborted() async throws {
        let file = TemporaryFile([])
        let log = AccessLog(try LogOutput(path: file.path))
        let handler = TestHandler { _ in Response(.ok, body: .bytes([UInt8](repeating: 65, count: 32 << 20)))
        }
        try await withRunningServer(handler, configure: { $0.accessLog = log }) { server in
            let port = server.port
            try await clients.run {
                let client = try RawClient(port: port, receiveBuffer: 4096)
                try client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.receive()
                client.abort()
            }
            while server.connectionCount > 0 { await Task.yield() }
        }
        let words = String(decoding: file.contents, as: UTF8.self).split(separator: " ")
        try #require(words.count == 9)
        #expect(words[5] == "200")
        #expect((Int(words[6]) ?? 0) < 32 << 20)
    }
}
