/// A comma-separated field value, taken apart with respect for quoted strings (RFC 9110 §5.6.1, §5.6.4).
enum ListField {
    /// The items of `value`, without blanks around them; empty ones are left out.
    static func items(_ value: String) -> [Substring] {
        split(value[...], at: ",").filter { !$0.isEmpty }
    }

    /// Pieces of `text` between separators that stand outside quotes, without blanks around them.
    static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var pieces: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        var index = start
        while index < text.endIndex {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                pieces.append(trimmed(text[start..<index]))
                start = text.index(after: index)
            }
            index = text.index(after: index)
        }
        pieces.append(trimmed(text[start...]))
        return pieces
    }

    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// A `name=value` parameter; the name in lower case, the value without its quotes.
    static func parameter(_ text: Substring) -> (name: String, value: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = trimmed(text[..<equals]).lowercased()
        return (name, unquoted(trimmed(text[text.index(after: equals)...])))
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var value = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                value.append(character)
                isEscaped = false
            }
        }
        return value
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
