package import Foundation
import Synchronization

/// Sends requests and takes bounded answers, each on the thread that asks, over connections that are kept.
///
/// Follows no redirect: whoever is asked answers, or nobody does. TLS trusts the system's certificates, or those of
/// `$SSL_CERT_FILE`; `$http_proxy` and its like are used. Any number of threads may share a client.
package final class HTTPClient: Sendable {
    /// How long to wait for the other side.
    package struct Patience: Hashable, Sendable {
        /// For a connection.
        package var connecting: Duration
        /// Bytes per second, ≥ 1, that must come or go…
        package var minimumRate: Int
        /// …on the average of this long; also how long an answer may take to begin.
        package var stalled: Duration

        package init(
            connecting: Duration = .seconds(30), minimumRate: Int = 1, stalled: Duration = .seconds(120)
        ) {
            self.connecting = connecting
            self.minimumRate = minimumRate
            self.stalled = stalled
        }
    }

    package struct Request: Sendable {
        package enum Body: Sendable {
            case none
            case bytes([UInt8])
            case file(URL)
        }

        package let address: URL
        package var method = "GET"
        package var headers: [String: String] = [:]
        package var body = Body.none

        package init(_ address: URL) {
            self.address = address
        }
    }

    package struct Answer: Hashable, Sendable {
        package let status: Int
        /// The media type, without parameters, in lowercase.
        package let mediaType: String?
        /// The other side's clock, as its `Date` field has it: seconds since 1970. Nothing vouches for it.
        package let date: Int?
        /// Decompressed.
        package let body: [UInt8]

        package var isThere: Bool { status == 200 }

        /// This answer, as the reason why something cannot be had.
        package func refusal(by address: URL) -> HTTPClientError {
            let line = body.prefix { $0 != UInt8(ascii: "\n") }.prefix(300)
            let isReadable =
                mediaType == "text/plain" && !line.isEmpty && line.allSatisfy { (0x20..<0x7F).contains($0) }
            return .status(
                status, address: address.absoluteString,
                said: isReadable ? String(decoding: line, as: UTF8.self) : nil)
        }
    }

    /// Takes a piece of a body. Bytes are valid during the call only.
    package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let patience: Patience
    /// By origin: nobody else gets them.
    private let credentials: [String: String]
    /// Connections nobody uses now; the last used is last.
    private let idle = Mutex<[(origin: String, connection: Connection)]>([])
    private static let maxIdle = 64

    /// - Parameter credentials: `user:password` for the origins of these addresses, and for no others.
    package init(patience: Patience = Patience(), credentials: [URL: String] = [:]) {
        self.patience = patience
        self.credentials = Dictionary(
            credentials.map { (Self.origin(of: $0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameters:
    ///   - maxBytes: of the body of a 200 answer, decompressed. Any other may have a mebibyte.
    ///   - sent: called with the bytes of the request's body sent so far.
    ///   - received: takes the body of a 200 answer piece by piece; ``Answer/body`` then stays empty.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `HTTPClientError` `.tooLong`, `.tooSlow`, `.unreachable`; what `received` throws.
    package func send(
        _ request: Request, atMost maxBytes: Int, sent: ((Int) -> Void)? = nil, received: Sink? = nil
    ) throws -> Answer {
        let origin = Self.origin(of: request.address)
        let connection = try take(origin) ?? Connection()
        let exchange = Exchange(
            address: request.address.absoluteString, maxBytes: maxBytes, sent: sent, received: received)
        let answer = try connection.perform(request, exchange, patience, credentials: credentials[origin])
        idle.withLock { idle in
            idle.append((origin, connection))
            if idle.count > Self.maxIdle { idle.removeFirst() }
        }
        return answer
    }

    /// Fetches a file.
    ///
    /// - Returns: nil where there is none (403, 404, 410).
    /// - Throws: as ``get(_:atMost:received:)``.
    package func fetch(_ address: URL, atMost maxBytes: Int, received: Sink? = nil) throws -> [UInt8]? {
        let answer = try get(address, atMost: maxBytes, received: received)
        return answer.isThere ? answer.body : nil
    }

    /// Asks for a file.
    ///
    /// - Returns: the file, or that there is none: 200, 403, 404 or 410.
    /// - Throws: `HTTPClientError` `.status` for another answer; as ``send(_:atMost:sent:received:)``.
    package func get(_ address: URL, atMost maxBytes: Int, received: Sink? = nil) throws -> Answer {
        var request = Request(address)
        // What goes wrong is then said in words that can be shown.
        request.headers["Accept"] = "text/plain, */*;q=0.5"
        let answer = try send(request, atMost: maxBytes, received: received)
        guard answer.isThere || [403, 404, 410].contains(answer.status) else {
            throw answer.refusal(by: address)
        }
        return answer
    }

    private func take(_ origin: String) -> Connection? {
        idle.withLock { idle in
            idle.lastIndex { $0.origin == origin }.map { idle.remove(at: $0).connection }
        }
    }

    private static func origin(of address: URL) -> String {
        let scheme = address.scheme?.lowercased() ?? ""
        let port = address.port ?? (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(address.host?.lowercased() ?? ""):\(port)"
    }
}
