import Glibc
import HTTPMessage
import HTTPServer
import Logging
import Synchronization

/// A handler made of closures.
struct TestHandler: Handler {
    var onImmediate: @Sendable (RequestHead) -> Response? = { _ in nil }
    var limit = 1 << 20
    let onRequest: @Sendable (Request) async -> Response

    func immediate(_ head: RequestHead) -> Response? { onImmediate(head) }
    func respond(to request: Request) async -> Response { await onRequest(request) }
    func maximumBodyBytes(_ head: RequestHead) -> Int { limit }

    /// Answers with the method, the target and the body.
    static let echo = TestHandler { request in
        do throws(RequestError) {
            let body = try await request.body.collect(limit: 1 << 20)
            let text = "\(request.head.method) \(request.head.target) "
            return Response(.ok, body: .bytes(Array(text.utf8) + body))
        } catch {
            return .refusal(error)
        }
    }
}

/// Threads for test clients, which block.
let clients = BlockingPool(label: "client", width: 24)

/// Runs `client` off the cooperative pool, against a server on a free port that is drained afterwards.
func withServer<T: Sendable>(
    _ handler: TestHandler = .echo, configure: (inout ServerConfiguration) -> Void = { _ in },
    client: @escaping @Sendable (Int) throws -> T
) async throws -> T {
    try await withRunningServer(handler, configure: configure) { server in
        let port = server.port
        return try await clients.run { try client(port) }
    }
}

func withRunningServer<T: Sendable>(
    _ handler: TestHandler = .echo, configure: (inout ServerConfiguration) -> Void = { _ in },
    body: (Server) async throws -> T
) async throws -> T {
    var configuration = ServerConfiguration()
    configure(&configuration)
    let server = try Server(configuration: configuration, handler: handler, logger: Logger(label: "test"))
    try server.start()
    do {
        let result = try await body(server)
        await server.drain(timeout: .milliseconds(1))
        return result
    } catch {
        await server.drain(timeout: .milliseconds(1))
        throw error
    }
}

/// Set once, waited for by blocking clients and by tasks.
final class Signal: Sendable {
    private let state = Mutex((isSet: false, waiters: [CheckedContinuation<Void, Never>]()))

    func set() {
        let waiters = state.withLock { state in
            state.isSet = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiters.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }
}
