/// A URI reference, taken apart.
///
/// - Source: RFC 3986 §4.1, appendix B.
package struct URLReference: Hashable, Sendable {
    let scheme: String?
    let authority: String?
    let path: String
    let query: String?
    let fragment: String?

    /// Takes any text apart: what is neither scheme, authority, query nor fragment is path.
    init(_ text: String) {
        var rest = text.utf8[...]
        fragment = Self.cut("#", from: &rest)
        query = Self.cut("?", from: &rest)
        var scheme: String?
        if let colon = rest.firstIndex(of: UInt8(character: ":")), let first = rest.first, first.isLetter,
            rest[..<colon].allSatisfy({ $0.isAlphanumeric || $0 == "+" || $0 == "-" || $0 == "." })
        {
            scheme = String(decoding: rest[..<colon].map(\.lowercased), as: UTF8.self)
            rest = rest[rest.index(after: colon)...]
        }
        self.scheme = scheme
        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(character: "/")) ?? rest.endIndex
            authority = String(Substring(rest[..<end]))
            rest = rest[end...]
        } else {
            authority = nil
        }
        path = String(Substring(rest))
    }

    /// Takes the text of a link apart, around which white space means nothing.
    init(trimming text: String) {
        var bytes = text.utf8[...]
        while bytes.first?.isHTMLSpace == true { bytes.removeFirst() }
        while bytes.last?.isHTMLSpace == true { bytes.removeLast() }
        self.init(String(Substring(bytes)))
    }

    /// The last segment of the path, percent-decoded; nil if that is not UTF-8. Slashes at the end do not count.
    var lastSegment: String? {
        var segments = path.utf8[...]
        while segments.last == UInt8(character: "/") { segments = segments.dropLast() }
        let start = segments.lastIndex(of: UInt8(character: "/")).map { segments.index(after: $0) }
        return Self.percentDecoded(Substring(segments[(start ?? segments.startIndex)...]))
    }

    /// Resolves a reference.
    ///
    /// - Parameters:
    ///   - reference: as a page writes it. White space around it is ignored, and characters that no URL can hold are
    ///     percent-encoded, as browsers and pip do. Control characters make it none, and so do backslashes, which
    ///     some take for slashes and others do not.
    ///   - base: an absolute `http` or `https` URL.
    /// - Returns: an absolute URL without user information; nil if either is no URL, or it is of another scheme.
    /// - Source: RFC 3986 §5.2, strict. Segments `%2e` count as dots, since servers take them for such.
    package static func resolve(_ reference: String, against base: String) -> String? {
        guard let base = encoded(base).map({ URLReference($0) }), let scheme = base.scheme,
            let authority = base.authority, let reference = encoded(reference).map({ URLReference($0) })
        else { return nil }
        if reference.scheme != nil {
            guard let authority = reference.authority else { return nil }
            return reference.absolute(scheme: reference.scheme, authority: authority, path: reference.path)
        }
        if let authority = reference.authority {
            return reference.absolute(scheme: scheme, authority: authority, path: reference.path)
        }
        if reference.path.isEmpty {
            return reference.absolute(
                scheme: scheme, authority: authority, path: base.path, query: reference.query ?? base.query)
        }
        if reference.path.hasPrefix("/") {
            return reference.absolute(scheme: scheme, authority: authority, path: reference.path)
        }
        let folder = base.path.utf8.lastIndex(of: UInt8(character: "/")).map { base.path[...$0] } ?? "/"
        return reference.absolute(scheme: scheme, authority: authority, path: String(folder) + reference.path)
    }

    private func absolute(scheme: String?, authority: String, path: String) -> String? {
        absolute(scheme: scheme, authority: authority, path: path, query: query)
    }

    /// Puts a URL together, with this reference's fragment.
    private func absolute(scheme: String?, authority: String, path: String, query: String?) -> String? {
        guard let scheme, ["http", "https"].contains(scheme), let host = Self.host(of: authority) else {
            return nil
        }
        return scheme + "://" + host + Self.removingDotSegments(path) + (query.map { "?" + $0 } ?? "")
            + (fragment.map { "#" + $0 } ?? "")
    }

    /// Splits the text after the first `mark` off.
    private static func cut(_ mark: Unicode.Scalar, from text: inout Substring.UTF8View) -> String? {
        guard let index = text.firstIndex(of: UInt8(character: mark)) else { return nil }
        defer { text = text[..<index] }
        return String(Substring(text[text.index(after: index)...]))
    }
}

extension URLReference {
    /// Encodes what no URL may hold, so that the text is one; nil if it has control characters or backslashes.
    private static func encoded(_ text: String) -> String? {
        var bytes = Array(text.utf8.drop(while: \.isHTMLSpace))[...]
        while bytes.last?.isHTMLSpace == true { bytes.removeLast() }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != "\\" }) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        while let byte = bytes.popFirst() {
            let stays =
                byte == "%"
                ? bytes.prefix(2).count == 2 && bytes.prefix(2).allSatisfy(\.isHexDigit)
                : byte.isAlphanumeric || "-._~:/?#[]@!$&'()*+,;=".utf8.contains(byte)
            if stays { result.append(byte) } else { result.append(percentEncoding: byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The host and port of an authority, in lower case; nil if they are malformed.
    private static func host(of authority: String) -> String? {
        let start = authority.utf8.lastIndex(of: UInt8(character: "@")).map {
            authority.utf8.index(after: $0)
        }
        let text = authority.utf8[(start ?? authority.startIndex)...]
        var host = text
        if let colon = text.lastIndex(of: UInt8(character: ":")), text.last != UInt8(character: "]") {
            host = text[..<colon]
            let port = text[text.index(after: colon)...]
            guard port.count <= 5, port.allSatisfy(\.isDigit), (Int(Substring(port)) ?? 0) <= 65_535 else {
                return nil
            }
        }
        let isAddress = host.first == UInt8(character: "[") && host.last == UInt8(character: "]")
        let isHost =
            isAddress
            ? host.count > 2
                && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
            : !host.isEmpty && host.allSatisfy { $0.isAlphanumeric || $0 == "-" || $0 == "." || $0 == "_" }
        return isHost ? String(decoding: text.map(\.lowercased), as: UTF8.self) : nil
    }

    /// - Source: RFC 3986 §5.2.4.
    private static func removingDotSegments(_ path: String) -> String {
        if path.isEmpty { return "" }
        var segments: [Substring] = []
        let all = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in all.enumerated() {
            let isLast = index == all.count - 1
            switch segment.lowercased() {
            case ".", "%2e":
                if isLast { segments.append("") }
            case "..", ".%2e", "%2e.", "%2e%2e":
                _ = segments.popLast()
                if isLast { segments.append("") }
            default: segments.append(segment)
            }
        }
        return "/" + segments.joined(separator: "/")
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == "%", rest.prefix(2).count == 2, rest.prefix(2).allSatisfy(\.isHexDigit),
                let decoded = UInt8(Substring(rest.prefix(2)), radix: 16)
            {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
