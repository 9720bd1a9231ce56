/// A validator of a representation (RFC 9110 §8.8.3).
package struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    /// Without quotes.
    package let opaque: String
    package let isWeak: Bool

    /// - Parameter opaque: without quotes; bytes that a tag may not hold become `_`.
    package init(_ opaque: String, isWeak: Bool = false) {
        let bytes = opaque.utf8.map { byte in
            byte == 0x21 || (0x23...0x7E).contains(byte) || byte >= 0x80 ? byte : UInt8(ascii: "_")
        }
        self.opaque = String(decoding: bytes, as: UTF8.self)
        self.isWeak = isWeak
    }

    /// Reads `"x"` or `W/"x"`; nil where `text` is neither.
    package init?(parsing text: some StringProtocol) {
        var rest = Substring(text)
        let isWeak = rest.hasPrefix("W/")
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.count >= 2, rest.first == "\"", rest.last == "\"" else { return nil }
        let opaque = rest.dropFirst().dropLast()
        guard !opaque.contains("\"") else { return nil }
        self.init(String(opaque), isWeak: isWeak)
    }

    /// As it goes over the wire.
    package var description: String { isWeak ? "W/\"\(opaque)\"" : "\"\(opaque)\"" }

    package func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }

    package func matchesStrongly(_ other: EntityTag) -> Bool {
        !isWeak && !other.isWeak && opaque == other.opaque
    }
}

/// Conditional requests (RFC 9110 §13).
package enum Conditional {
    /// Whether the client holds the current representation, so that 304 answers it.
    ///
    /// - Parameter etags: of every coding of the current representation.
    package static func isNotModified(
        _ headers: Headers, etags: [EntityTag], lastModified: Int? = nil
    ) -> Bool {
        if let condition = headers["If-None-Match"] {
            return ifNoneMatch(condition, etags)
        }
        guard let lastModified, let since = headers["If-Modified-Since"].flatMap(HTTPDate.seconds) else {
            return false
        }
        return lastModified <= since
    }

    /// Whether an If-None-Match field names one of `etags` (or is `*`): weak comparison.
    package static func ifNoneMatch(_ condition: String, _ etags: [EntityTag]) -> Bool {
        for item in ListField.items(condition) {
            if item == "*" { return true }
            if let tag = EntityTag(parsing: item), etags.contains(where: { $0.matchesWeakly(tag) }) {
                return true
            }
        }
        return false
    }
}
