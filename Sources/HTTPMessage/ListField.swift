/// A comma-separated field value, taken apart with respect for quoted strings (RFC 9110 §5.6.1, §5.6.4).
enum ListField {
    /// The items of `value`, without blanks around them; empty ones are left out.
    static func items(_ value: String) -> [Substring] {
        split(value[...], at: ASCII.comma).filter { !$0.isEmpty }
    }

    /// Pieces of `text` between separators that stand outside quotes, without blanks around them.
    static func split(_ text: Substring, at separator: UInt8) -> [Substring] {
        var pieces: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        // By byte: a combining character must not hide the separator before it.
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == ASCII.backslash {
                isEscaped = true
            } else if byte == ASCII.quote {
                isQuoted.toggle()
            } else if byte == separator, !isQuoted {
                pieces.append(trimmed(text[start..<index]))
                start = text.utf8.index(after: index)
            }
        }
        pieces.append(trimmed(text[start...]))
        return pieces
    }

    static func trimmed(_ text: Substring) -> Substring {
        var bytes = text.utf8
        while let first = bytes.first, ASCII.isBlank(first) { bytes.removeFirst() }
        while let last = bytes.last, ASCII.isBlank(last) { bytes.removeLast() }
        return Substring(bytes)
    }

    /// A `name=value` parameter; the name in lower case, the value without its quotes.
    static func parameter(_ text: Substring) -> (name: String, value: String)? {
        guard let equals = text.utf8.firstIndex(of: ASCII.equals) else { return nil }
        let name = trimmed(text[..<equals]).lowercased()
        return (name, unquoted(trimmed(text[text.utf8.index(after: equals)...])))
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.utf8.count >= 2, text.utf8.first == ASCII.quote, text.utf8.last == ASCII.quote else {
            return String(text)
        }
        var value: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8.dropFirst().dropLast() {
            if byte == ASCII.backslash, !isEscaped {
                isEscaped = true
            } else {
                value.append(byte)
                isEscaped = false
            }
        }
        return String(decoding: value, as: UTF8.self)
    }

    /// The `q` among parameters, in thousandths; 1000 where there is none, nil where it is malformed.
    static func quality(_ parameters: some Sequence<Substring>) -> Int? {
        for text in parameters {
            guard let parameter = parameter(text), parameter.name == "q" else { continue }
            let parts = parameter.value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let whole = Int(parts[0]), whole == 0 || whole == 1 else { return nil }
            let digits = parts.count > 1 ? parts[1] : ""
            guard digits.count <= 3, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
            let thousandths = Int((digits + "000").prefix(3)) ?? 0
            return min(1000, whole * 1000 + thousandths)
        }
        return 1000
    }
}
