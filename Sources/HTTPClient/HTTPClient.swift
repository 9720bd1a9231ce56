package import Foundation
package import FoundationNetworking

/// Sends requests and takes bounded answers. Follows no redirect: whoever is asked answers, or nobody does.
package final class HTTPClient: Sendable {
    package struct Answer: Hashable, Sendable {
        package let status: Int
        /// The media type, without parameters.
        package let mediaType: String?
        package let body: [UInt8]
    }

    private let session: URLSession
    private let exchanges: Exchanges

    /// - Parameter idleTimeout: how long the other side may stay silent, the time for its answer included.
    package init(idleTimeout: Duration = .seconds(120)) {
        exchanges = Exchanges()
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        configuration.timeoutIntervalForRequest = Double(idleTimeout.components.seconds)
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
    }

    deinit { session.invalidateAndCancel() }

    /// - Parameters:
    ///   - request: without a body in a stream.
    ///   - maxBytes: of the answer's body.
    ///   - file: the body, where it is a file.
    ///   - sent: called with the bytes sent so far.
    ///   - received: takes the body of a 200 answer piece by piece; ``Answer/body`` then stays empty.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `.tooLong`, `.unreachable`.
    package func send(
        _ request: URLRequest, atMost maxBytes: Int, uploading file: URL? = nil,
        sent: (@Sendable (Int) -> Void)? = nil, received: (@Sendable (Data) -> Void)? = nil
    ) async throws(HTTPClientError) -> Answer {
        let address = request.url?.absoluteString ?? ""
        let task =
            file.map { session.uploadTask(with: request, fromFile: $0) } ?? session.dataTask(with: request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                exchanges.begin(
                    task,
                    Exchange(
                        address: address, maxBytes: maxBytes, sent: sent, received: received,
                        finish: { continuation.resume(returning: $0) }))
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
        return try result.get()
    }

    /// Fetches a file.
    ///
    /// - Returns: nil where there is none (403, 404, 410).
    /// - Throws: `.status` for an answer other than 200, `.tooLong`, `.unreachable`.
    package func fetch(
        _ address: URL, atMost maxBytes: Int, received: (@Sendable (Data) -> Void)? = nil
    ) async throws(HTTPClientError) -> [UInt8]? {
        let answer = try await send(URLRequest(url: address), atMost: maxBytes, received: received)
        switch answer.status {
        case 200: return answer.body
        case 403, 404, 410: return nil
        default: throw .status(answer.status, address: address.absoluteString)
        }
    }
}

package enum HTTPClientError: Error, Hashable, Sendable {
    case status(Int, address: String)
    case tooLong(address: String, maxBytes: Int)
    /// No answer, or a broken one.
    case unreachable(address: String, reason: String)
}

extension HTTPClientError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .status(let status, let address): "\(address) answers with status \(status)"
        case .tooLong(let address, let maxBytes): "\(address) sends more than the \(maxBytes) bytes expected"
        case .unreachable(let address, let reason): "cannot reach \(address): \(reason)"
        }
    }
}
