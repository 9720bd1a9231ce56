/// Finds the start tags of a project page that say something: `a`, `base` and `meta`.
///
/// Reads any bytes in one pass, as browsers tokenize: comments, scripts and other raw text hold no tags, and what is
/// no markup is text. It builds no tree, so nesting costs nothing.
///
/// - Source: HTML Standard §13.2.5, without the states inside scripts that only escape further scripts.
struct HTMLTagReader {
    struct Tag: Equatable {
        /// In lower case.
        let name: String
        /// Of those that pages give a meaning, by name in lower case. Of two with one name the later counts, as
        /// for pip; one without a value is empty.
        let attributes: [String: String]
    }

    private static let wanted: Set<String> = ["a", "base", "meta"]
    private static let wantedAttributes: Set<String> = [
        "href", "name", "content", "data-requires-python", "data-yanked", "data-core-metadata",
        "data-dist-info-metadata",
    ]
    /// Elements whose content is text up to their end tag.
    private static let rawText: Set<String> = [
        "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
    ]

    private let bytes: [UInt8]
    private let maxTextBytes: Int
    private var offset = 0

    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - maxTextBytes: the longest value of an attribute that counts, before references are replaced.
    init(_ bytes: [UInt8], maxTextBytes: Int) {
        self.bytes = bytes
        self.maxTextBytes = maxTextBytes
    }

    /// The next tag that says something; nil at the end of the page. A tag that the page ends in is none.
    ///
    /// - Throws: `.textTooLong`.
    mutating func next() throws(SimplePageError) -> Tag? {
        while skip(past: "<") {
            switch current {
            case UInt8(character: "!"): skipDeclaration()
            case UInt8(character: "?"): _ = skip(past: ">")
            case UInt8(character: "/"):
                offset += 1
                if current?.isLetter == true {
                    _ = tagName()
                    _ = try attributes(areWanted: false)
                } else {
                    _ = skip(past: ">")
                }
            case .some(let byte) where byte.isLetter:
                let name = tagName()
                let isWanted = Self.wanted.contains(name)
                guard let attributes = try attributes(areWanted: isWanted) else { return nil }
                if isWanted { return Tag(name: name, attributes: attributes) }
                if Self.rawText.contains(name) { try skipRawText(of: name) }
            default: break
            }
        }
        return nil
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// Goes behind the next `mark`, or to the end.
    ///
    /// - Returns: whether there was one.
    private mutating func skip(past mark: Unicode.Scalar) -> Bool {
        skip { $0 != mark }
        guard offset < bytes.count else { return false }
        offset += 1
        return true
    }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while offset < bytes.count, condition(bytes[offset]) { offset += 1 }
    }

    /// Goes behind a comment or declaration whose `!` is at `offset`.
    private mutating func skipDeclaration() {
        offset += 1
        guard bytes[offset...].starts(with: "--".utf8) else {
            _ = skip(past: ">")
            return
        }
        offset += 2
        for wholeComment in [">", "->"] where skip(wholeComment) { return }
        while skip(past: "-") {
            guard current == "-" else { continue }
            skip { $0 == "-" }
            if skip(">") || skip("!>") { return }
        }
    }

    /// Goes behind `text`, if it comes next.
    private mutating func skip(_ text: String) -> Bool {
        guard bytes[offset...].starts(with: text.utf8) else { return false }
        offset += text.utf8.count
        return true
    }

    /// Goes behind the end tag of an element whose content is text, or to the end of the page.
    private mutating func skipRawText(of name: String) throws(SimplePageError) {
        while skip(past: "<") {
            guard current == "/" else { continue }
            let end = offset + 1 + name.utf8.count
            guard end < bytes.count, bytes[(offset + 1)..<end].map(\.lowercased).elementsEqual(name.utf8),
                bytes[end].isHTMLSpace || bytes[end] == "/" || bytes[end] == ">"
            else { continue }
            offset = end
            _ = try attributes(areWanted: false)
            return
        }
    }

    /// Reads a tag's name at `offset`, in lower case.
    private mutating func tagName() -> String {
        let start = offset
        skip { !$0.isHTMLSpace && $0 != "/" && $0 != ">" }
        return String(decoding: bytes[start..<offset].map(\.lowercased), as: UTF8.self)
    }

    /// Reads the rest of a tag and its `>`.
    ///
    /// - Returns: the attributes that count, none unless they are wanted; nil if the page ends first.
    /// - Throws: `.textTooLong`.
    private mutating func attributes(areWanted: Bool) throws(SimplePageError) -> [String: String]? {
        var attributes: [String: String] = [:]
        while true {
            skip { $0.isHTMLSpace || $0 == "/" }
            guard let first = current else { return nil }
            if first == ">" {
                offset += 1
                return attributes
            }
            let name = attributeName()
            skip(while: \.isHTMLSpace)
            var value = offset..<offset
            if current == "=" {
                offset += 1
                guard let found = attributeValue() else { return nil }
                value = found
            }
            guard areWanted, Self.wantedAttributes.contains(name) else { continue }
            guard value.count <= maxTextBytes else { throw .textTooLong(limit: maxTextBytes) }
            attributes[name] = HTMLText.unescaped(bytes[value])
        }
    }

    /// Reads an attribute's name at `offset`, in lower case. An equals sign in front belongs to it.
    private mutating func attributeName() -> String {
        let start = offset
        offset += 1
        skip { !$0.isHTMLSpace && $0 != "/" && $0 != ">" && $0 != "=" }
        // A longer name is none of those that count.
        return String(decoding: bytes[start..<offset].prefix(64).map(\.lowercased), as: UTF8.self)
    }

    /// Reads the value after an equals sign.
    ///
    /// - Returns: where it is, without quotes; nil if the page ends inside quotes.
    private mutating func attributeValue() -> Range<Int>? {
        skip(while: \.isHTMLSpace)
        guard let quote = current, quote == "\"" || quote == "'" else {
            let start = offset
            skip { !$0.isHTMLSpace && $0 != ">" }
            return start..<offset
        }
        offset += 1
        let start = offset
        skip { $0 != quote }
        guard offset < bytes.count else { return nil }
        offset += 1
        return start..<(offset - 1)
    }
}

extension UInt8 {
    /// Tab, line feed, form feed, carriage return and space.
    var isHTMLSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0C || self == 0x0D }
}
