package import Foundation
package import HTTPMessage
import Synchronization

/// Files in memory behind a real server, and what was asked for.
package final class FileServer: Sendable {
    private final class Shelf: Sendable {
        /// By path, percent-encoded and without the first slash.
        let answers = Mutex<[String: @Sendable () -> Response]>([:])
    }

    private let shelf = Shelf()
    private let server: LocalServer

    package init() throws {
        server = try LocalServer { [shelf] request in
            let answer = shelf.answers.withLock { $0[request.path] }
            return answer?() ?? .text(.notFound, "404")
        }
    }

    package var port: Int { server.port }
    package var address: URL { server.address }

    /// Puts files beside those that are there.
    package func publish(_ files: [String: [UInt8]]) {
        shelf.answers.withLock { answers in
            for (path, bytes) in files { answers[path] = { Response(.ok, body: .bytes(bytes)) } }
        }
    }

    /// Takes files away.
    package func remove(_ isGone: (String) -> Bool) {
        shelf.answers.withLock { answers in answers = answers.filter { !isGone($0.key) } }
    }

    /// Has `answer` called for a path. It may block.
    package func answer(_ path: String, _ answer: @escaping @Sendable () -> Response) {
        shelf.answers.withLock { $0[path] = answer }
    }

    /// Has the file at a path wait before it is sent.
    package func hold(_ path: String, at gate: Gate) {
        shelf.answers.withLock { answers in
            let answer = answers[path]
            answers[path] = {
                gate.pass()
                return answer?() ?? .text(.notFound, "404")
            }
        }
    }

    /// Paths that were asked for since this was last called.
    package func takeRequests() -> [String] { server.takeRequests().map(\.path) }

    package var requests: [LocalServer.Received] { server.requests }
}
