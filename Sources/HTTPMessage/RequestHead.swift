/// How the end of a request's body is found (RFC 9112 §6).
package enum BodyFraming: Hashable, Sendable {
    case none
    /// Content-Length, ≥ 1.
    case length(Int)
    case chunked
}

/// A request line and its header fields, checked.
///
/// Text is made from the received bytes when it is asked for: ask once.
package struct RequestHead: Sendable {
    package let method: Method
    package let version: HTTPVersion
    package let headers: Headers
    package let framing: BodyFraming
    /// Whether the client takes another response on this connection.
    package let keepsAlive: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    package let expectsContinue: Bool

    private let bytes: [UInt8]
    private let targetRange: Range<Int>
    private let authorityRange: Range<Int>
    private let pathRange: Range<Int>
    private let queryRange: Range<Int>?

    init(bytes: [UInt8], line: RequestLine, fields: FieldScan, lines: Range<Int>) {
        self.bytes = bytes
        method = line.method
        version = line.version
        targetRange = line.target
        pathRange = line.path
        queryRange = line.query
        authorityRange = line.authority ?? fields.host ?? 0..<0
        headers = Headers(bytes: bytes, lines: lines, fields: fields.fields)
        framing = fields.framing
        expectsContinue = fields.expectsContinue && line.version == .http11
        keepsAlive =
            switch line.version {
            case .http11: !fields.closes
            case .http10: fields.keepsAlive && !fields.closes
            }
    }

    /// The request target as received.
    package var target: String { text(targetRange) }
    /// The request target's bytes, for lookups that need no text.
    package var targetBytes: ArraySlice<UInt8> { bytes[targetRange] }
    /// The path, still percent-encoded, without the query. Starts with `/`, but for `OPTIONS *`.
    package var path: String { pathRange.isEmpty ? "/" : text(pathRange) }
    /// What follows the first `?`, still percent-encoded.
    package var query: String? { queryRange.map(text) }
    /// The host and port the client asked: from an absolute target, else the Host field; may be empty.
    package var authority: String { text(authorityRange) }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}

extension RequestHead {
    /// A head made from its parts, through the same decoder as received ones.
    ///
    /// - Parameter headers: `Host: localhost` is added where it is missing.
    /// - Throws: what the decoder refuses.
    package init(
        _ method: Method, _ target: String, headers: Headers = Headers(), version: HTTPVersion = .http11
    ) throws(RequestError) {
        var headers = headers
        if !headers.contains("Host") { headers.add("Host", "localhost") }
        var text = "\(method) \(target) \(version.rawValue)\r\n"
        for (name, value) in headers.all { text += "\(name): \(value)\r\n" }
        text += "\r\n"
        var decoder = HeadDecoder(limits: RequestLimits())
        guard let decoded = try decoder.decode(Array(text.utf8).span) else { throw .malformedRequestLine }
        self = decoded.head
    }

    /// The path's segments, percent-decoded; the first `/` opens the first one, so `/a/` has two: `a` and an
    /// empty one.
    ///
    /// - Returns: nil where a segment is not UTF-8, holds a control character or an encoded slash, or is `.`
    ///   or `..` (clients resolve those before they send).
    package func pathSegments() -> [String]? {
        let path = bytes[pathRange]
        guard !path.isEmpty else { return [""] }
        guard path.first == ASCII.slash else { return nil }
        var segments: [String] = []
        for piece in path.dropFirst().split(separator: ASCII.slash, omittingEmptySubsequences: false) {
            guard let decoded = PercentEncoding.decode(piece, plusIsSpace: false),
                !decoded.contains(where: { $0 < ASCII.space || $0 == ASCII.slash || $0 == ASCII.delete }),
                let text = String(validating: decoded, as: UTF8.self), text != ".", text != ".."
            else { return nil }
            segments.append(text)
        }
        return segments
    }

    /// The query's `name=value` pairs, percent-decoded, `+` as a space, in order. Pairs that are malformed
    /// or not UTF-8 are left out.
    package func queryItems() -> [(name: String, value: String)] {
        guard let queryRange else { return [] }
        return PercentEncoding.formItems(bytes[queryRange])
    }
}
