/// Text for HTML, escaped code point by code point.
///
/// Not by `Character`, as swift-mustache's own escaping goes: to that a quotation mark followed by a combining
/// accent is one character that needs no escape, while a browser sees the quotation mark. Values from outside
/// must come through here, and into templates unescaped.
package enum HTMLText {
    /// Fit for element content and quoted attribute values.
    package static func escaped(_ text: String) -> String {
        var writer = PageWriter()
        writer.append(html: text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Collects the bytes of a page.
struct PageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Appends text escaped as Python's `markupsafe` does it.
    mutating func append(html text: String) {
        for byte in text.utf8 {
            switch Unicode.Scalar(byte) {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"": append("&#34;")
            case "'": append("&#39;")
            default: bytes.append(byte)
            }
        }
    }

    /// Appends a quoted JSON string.
    ///
    /// - Source: RFC 8259 §7.
    mutating func append(json text: String) {
        bytes.append(UInt8(character: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(character: "\""): append("\\\"")
            case UInt8(character: "\\"): append("\\\\")
            case UInt8(character: "\n"): append("\\n")
            case UInt8(character: "\r"): append("\\r")
            case UInt8(character: "\t"): append("\\t")
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(character: "\""))
    }

    mutating func append(json text: String?) {
        if let text { append(json: text) } else { append("null") }
    }

    /// Hands over what was collected so far.
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}

/// Encodes what RFC 3986 does not leave alone in a path segment; `/` stays.
package func percentEncodedPath(_ path: String) -> String {
    var encoded: [UInt8] = []
    for byte in path.utf8 {
        if byte.isAlphanumeric || "-._~/".utf8.contains(byte) {
            encoded.append(byte)
        } else {
            encoded.append(percentEncoding: byte)
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

extension [UInt8] {
    /// Appends a byte as `%` and two upper-case hex digits.
    mutating func append(percentEncoding byte: UInt8) {
        append(UInt8(character: "%"))
        for digit in [byte >> 4, byte & 15] {
            append(digit < 10 ? UInt8(character: "0") + digit : UInt8(character: "A") + digit - 10)
        }
    }
}
