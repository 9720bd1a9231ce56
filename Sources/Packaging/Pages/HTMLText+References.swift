extension HTMLText {
    /// Text of an attribute's value with its character references replaced.
    ///
    /// Of the named ones only those are known that stand for the characters of markup, and `&nbsp;`. Others stay
    /// as they are: no index writes them.
    ///
    /// - Source: HTML Standard §13.2.5.72–80, the rules for attributes.
    static func unescaped(_ bytes: some Sequence<UInt8>) -> String {
        var rest = Array(bytes)[...]
        guard rest.contains(UInt8(character: "&")) else { return String(decoding: rest, as: UTF8.self) }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == "&", let reference = numeric(rest) ?? named(rest) {
                text.append(contentsOf: String(reference.scalar).utf8)
                rest = rest.dropFirst(reference.length)
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What a reference stands for, and its length without the `&`.
    private typealias Reference = (scalar: Unicode.Scalar, length: Int)

    /// `#38;` and `#x26;`, whose semicolon may be missing.
    private static func numeric(_ text: ArraySlice<UInt8>) -> Reference? {
        guard text.first == "#" else { return nil }
        var rest = text.dropFirst()
        let isHex = rest.first == "x" || rest.first == "X"
        if isHex { rest = rest.dropFirst() }
        let digits = rest.prefix { isHex ? $0.isHexDigit : $0.isDigit }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        if rest.first == ";" { rest = rest.dropFirst() }
        let value = UInt32(String(decoding: digits, as: UTF8.self), radix: isHex ? 16 : 10)
        let scalar = value.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
        return (scalar ?? "\u{FFFD}", text.count - rest.count)
    }

    private static let names: [(name: String, scalar: Unicode.Scalar, mayLackSemicolon: Bool)] = [
        ("amp", "&", true), ("AMP", "&", true), ("lt", "<", true), ("LT", "<", true), ("gt", ">", true),
        ("GT", ">", true), ("quot", "\"", true), ("QUOT", "\"", true), ("apos", "'", false),
        ("nbsp", "\u{A0}", true),
    ]

    /// `amp;`. In a query such as `?a=1&lt=2` it is none.
    private static func named(_ text: ArraySlice<UInt8>) -> Reference? {
        for (name, scalar, mayLackSemicolon) in names where text.starts(with: name.utf8) {
            let length = name.utf8.count
            switch text.dropFirst(length).first {
            case UInt8(character: ";"): return (scalar, length + 1)
            case .some(let next) where next == "=" || next.isAlphanumeric: return nil
            default: return mayLackSemicolon ? (scalar, length) : nil
            }
        }
        return nil
    }
}
