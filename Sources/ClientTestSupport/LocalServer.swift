package import Foundation
package import HTTPMessage
import HTTPServer
import Logging
import Synchronization

/// A real server on a free port, which remembers what was asked and stops when it is let go.
package final class LocalServer: Sendable {
    /// A request that has come.
    package struct Received: Sendable {
        package let head: RequestHead
        package let body: [UInt8]

        /// Without the first slash, still percent-encoded.
        package var path: String { String(head.path.dropFirst()) }
    }

    private struct Desk: Handler {
        let requests: Requests
        let pool = BlockingPool(label: "test-server", width: 32)
        let answer: @Sendable (Received) -> Response

        func maximumBodyBytes(_ head: RequestHead) -> Int { 16 << 20 }

        func respond(to request: Request) async -> Response {
            do {
                let body = try await request.body.collect(limit: 16 << 20)
                let received = Received(head: request.head, body: body)
                requests.all.withLock { $0.append(received) }
                return try await pool.run { answer(received) }
            } catch {
                return .text(.internalServerError, "\(error)")
            }
        }
    }

    private final class Requests: Sendable {
        let all = Mutex<[Received]>([])
    }

    private let server: Server
    private let received = Requests()

    /// - Parameter answer: may block.
    package init(_ answer: @escaping @Sendable (Received) -> Response) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        server = try Server(
            configuration: ServerConfiguration(loops: 1), handler: Desk(requests: received, answer: answer),
            logger: logger)
        try server.start()
    }

    package var port: Int { server.port }
    package var address: URL { .local(port: port) }

    /// What was asked so far, in the order in which it came.
    package var requests: [Received] { received.all.withLock { $0 } }

    /// What was asked since this was last called.
    package func takeRequests() -> [Received] {
        received.all.withLock { all in
            defer { all = [] }
            return all
        }
    }
}

extension URL {
    /// Of a server on this machine.
    ///
    /// - Parameter path: percent-encoded, without the first slash; a query may follow.
    package static func local(port: Int, _ path: String = "") -> URL {
        URL(string: "http://127.0.0.1:\(port)/\(path)") ?? URL(fileURLWithPath: "/no-address")
    }
}
