/// Text as Python sees it: what `str.strip` removes and what `repr` prints.
///
/// Clients compare our refusals with those of the Python index, and the `packaging` library decides by these
/// rules what surrounds a version; hence they are spelled out here.
package enum PythonText {
    /// Whether `str.isspace()` holds for the character.
    package static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
            0x3000:
            true
        default: false
        }
    }

    /// `text.strip()`.
    package static func strip(_ text: String) -> String { stripLeading(stripTrailing(text)) }

    /// `text.lstrip()`.
    static func stripLeading(_ text: String) -> String {
        String(Substring(text.unicodeScalars.drop(while: isWhitespace)))
    }

    /// `text.rstrip()`.
    static func stripTrailing(_ text: String) -> String {
        guard let last = text.unicodeScalars.lastIndex(where: { !isWhitespace($0) }) else { return "" }
        return String(Substring(text.unicodeScalars[...last]))
    }

    /// `repr(text)`: quoted, with quotes, backslashes and unprintable characters escaped.
    package static func repr(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in scalars {
            switch scalar {
            case quote, "\\": result.append(contentsOf: ["\\", scalar])
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case _ where isPrintable(scalar): result.append(scalar)
            default: result.append(contentsOf: escape(scalar).unicodeScalars)
            }
        }
        result.append(quote)
        return String(result)
    }

    /// `repr` of a list of strings.
    package static func repr(_ list: [String]) -> String {
        "[" + list.map(repr).joined(separator: ", ") + "]"
    }

    /// `len(text)`: the number of code points.
    package static func length(_ text: String) -> Int { text.unicodeScalars.count }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let (letter, width) =
            scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
    }
}
