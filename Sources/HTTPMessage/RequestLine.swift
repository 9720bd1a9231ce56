/// A parsed request line; ranges count from the head's first byte (RFC 9112 §3).
struct RequestLine {
    let method: Method
    let version: HTTPVersion
    let target: Range<Int>
    /// Empty for an absolute target without a path, and for CONNECT.
    let path: Range<Int>
    let query: Range<Int>?
    /// From an absolute target, or that of CONNECT.
    let authority: Range<Int>?

    init(_ bytes: Span<UInt8>, in line: Range<Int>) throws(RequestError) {
        var index = line.lowerBound
        while index < line.upperBound, ASCII.isToken(bytes[index]) { index += 1 }
        let methodRange = line.lowerBound..<index
        guard methodRange.count <= RequestLimits.maxMethodBytes else {
            throw .methodTooLong(limit: RequestLimits.maxMethodBytes)
        }
        guard !methodRange.isEmpty, index < line.upperBound, bytes[index] == ASCII.space else {
            throw .malformedRequestLine
        }
        index += 1
        let targetStart = index
        while index < line.upperBound, bytes[index] != ASCII.space {
            guard bytes[index] > ASCII.space, bytes[index] < ASCII.delete, bytes[index] != 0x23 else {
                throw .malformedTarget
            }
            index += 1
        }
        guard index > targetStart, index < line.upperBound else { throw .malformedRequestLine }
        target = targetStart..<index
        method = Self.method(bytes, in: methodRange)
        version = try Self.version(bytes, in: index + 1..<line.upperBound)

        var pathStart = targetStart
        var authority: Range<Int>?
        if bytes[targetStart] != ASCII.slash {
            if method == .connect {
                // Authority form (RFC 9112 §3.2.3): a handler says that there is no tunnel.
                guard target.allSatisfy({ ASCII.isHost(bytes[$0]) }) else { throw .malformedTarget }
                (path, query, self.authority) = (target.upperBound..<target.upperBound, nil, target)
                return
            }
            if target.count == 1, bytes[targetStart] == ASCII.asterisk, method == .options {
                (path, query, self.authority) = (target, nil, nil)
                return
            }
            let found = try Self.authority(bytes, in: target)
            authority = found
            pathStart = found.upperBound
        }
        var pathEnd = pathStart
        while pathEnd < target.upperBound, bytes[pathEnd] != ASCII.question { pathEnd += 1 }
        path = pathStart..<pathEnd
        query = pathEnd < target.upperBound ? pathEnd + 1..<target.upperBound : nil
        self.authority = authority
    }

    private static func method(_ bytes: Span<UInt8>, in range: Range<Int>) -> Method {
        let start = range.lowerBound
        if range.count == 3, bytes[start] == 0x47, bytes[start + 1] == 0x45, bytes[start + 2] == 0x54 {
            return .get
        }
        return Method(rawValue: String(decoding: bytes.copy(range), as: UTF8.self))
    }

    private static func version(
        _ bytes: Span<UInt8>, in range: Range<Int>
    ) throws(RequestError) -> HTTPVersion {
        let start = range.lowerBound
        // The name is case-sensitive, unlike fields: RFC 9112 §2.3.
        guard range.count == 8,
            bytes[start] == 0x48, bytes[start + 1] == 0x54, bytes[start + 2] == 0x54,
            bytes[start + 3] == 0x50,
            bytes[start + 4] == ASCII.slash, bytes[start + 6] == 0x2E,
            ASCII.isDigit(bytes[start + 5]), ASCII.isDigit(bytes[start + 7])
        else { throw .malformedVersion }
        switch (bytes[start + 5], bytes[start + 7]) {
        case (0x31, 0x31): return .http11
        case (0x31, 0x30): return .http10
        default: throw .unsupportedVersion
        }
    }

    /// The authority of an `http://` or `https://` target.
    private static func authority(
        _ bytes: Span<UInt8>, in target: Range<Int>
    ) throws(RequestError) -> Range<Int> {
        var start = target.lowerBound
        if target.count > 7, bytes.equals("http://", in: start..<start + 7) {
            start += 7
        } else if target.count > 8, bytes.equals("https://", in: start..<start + 8) {
            start += 8
        } else {
            throw .malformedTarget
        }
        var end = start
        while end < target.upperBound, bytes[end] != ASCII.slash, bytes[end] != ASCII.question {
            guard ASCII.isHost(bytes[end]) else { throw .malformedTarget }
            end += 1
        }
        guard end > start else { throw .malformedTarget }
        return start..<end
    }
}
