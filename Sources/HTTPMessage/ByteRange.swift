/// The part of a representation that a client asks for (RFC 9110 §14).
package enum ByteRange: Hashable, Sendable {
    /// No usable Range field: send everything.
    case whole
    case part(Range<Int>)
    /// 416.
    case unsatisfiable

    /// Reads the Range field of a GET, as far as If-Range lets it apply.
    ///
    /// Several ranges, other units and malformed fields ask for the whole, as RFC 9110 §14.2 allows.
    /// - Parameters:
    ///   - size: of the whole representation, in bytes.
    ///   - lastModified: seconds since 1970.
    package init(_ head: RequestHead, size: Int, etag: EntityTag?, lastModified: Int? = nil) {
        guard head.method == .get, let field = head.headers["Range"],
            Self.condition(head.headers["If-Range"], etag: etag, lastModified: lastModified)
        else {
            self = .whole
            return
        }
        self.init(field, size: size)
    }

    /// Reads `bytes=a-b`, `bytes=a-` or `bytes=-n`.
    package init(_ field: String, size: Int) {
        self = .whole
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return }
        let bounds = ListField.trimmed(parts[1]).split(
            separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return }
        switch (Self.position(bounds[0]), Self.position(bounds[1])) {
        case (.absent, .number(let length)):
            self = length > 0 && size > 0 ? .part(max(0, size - length)..<size) : .unsatisfiable
        case (.number(let first), .absent):
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (.number(let first), .number(let last)) where first <= last:
            self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        case (.number, .number), (.absent, .absent), (.malformed, _), (_, .malformed):
            return
        }
    }

    private enum Position {
        case absent
        case number(Int)
        case malformed
    }

    private static func position(_ text: Substring) -> Position {
        if text.isEmpty { return .absent }
        guard text.utf8.allSatisfy(ASCII.isDigit) else { return .malformed }
        // More digits than fit in an Int lie past the end of any file.
        return .number(Int(text) ?? .max)
    }

    private static func condition(_ field: String?, etag: EntityTag?, lastModified: Int?) -> Bool {
        guard let field else { return true }
        if let tag = EntityTag(parsing: field) { return etag.map(tag.matchesStrongly) ?? false }
        return lastModified != nil && HTTPDate.seconds(field) == lastModified
    }
}
