import Foundation
import FoundationNetworking
import Synchronization

/// One request and what came back so far.
struct Exchange: Sendable {
    let address: String
    let maxBytes: Int
    let sent: (@Sendable (Int) -> Void)?
    let received: (@Sendable (Data) -> Void)?
    let finish: @Sendable (Result<HTTPClient.Answer, HTTPClientError>) -> Void
    var count = 0
    var body: [UInt8] = []
    var failure: HTTPClientError?

    /// - Returns: whether there is room for the bytes.
    mutating func take(_ data: Data, status: Int?) -> Bool {
        count += data.count
        guard count <= maxBytes else {
            failure = .tooLong(address: address, maxBytes: maxBytes)
            return false
        }
        if let received, status == 200 { received(data) } else { body.append(contentsOf: data) }
        return true
    }
}

/// The exchanges of a session that are under way.
final class Exchanges: NSObject, URLSessionDataDelegate {
    private let underWay = Mutex<[Int: Exchange]>([:])

    func begin(_ task: URLSessionTask, _ exchange: Exchange) {
        underWay.withLock { $0[task.taskIdentifier] = exchange }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let status = (dataTask.response as? HTTPURLResponse)?.statusCode
        let fits = underWay.withLock { $0[dataTask.taskIdentifier]?.take(data, status: status) ?? false }
        if !fits { dataTask.cancel() }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didSendBodyData bytesSent: Int64, totalBytesSent: Int64,
        totalBytesExpectedToSend: Int64
    ) {
        underWay.withLock { $0[task.taskIdentifier]?.sent }?(Int(totalBytesSent))
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = underWay.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else {
            return
        }
        if let failure = exchange.failure {
            exchange.finish(.failure(failure))
        } else if error == nil, let response = task.response as? HTTPURLResponse {
            exchange.finish(
                .success(
                    HTTPClient.Answer(
                        status: response.statusCode, mediaType: response.mimeType, body: exchange.body)))
        } else {
            let reason = error?.localizedDescription ?? "no HTTP answer"
            exchange.finish(.failure(.unreachable(address: exchange.address, reason: reason)))
        }
    }
}
