extension JSONValue {
    /// The canonical bytes: what signatures and key IDs are computed over.
    ///
    /// No white space, keys in code point order, integers in decimal, and in strings only `"` and `\` escaped.
    /// Control characters stay as they are, so this is not always JSON text: see ``jsonBytes()``.
    ///
    /// - Source: OLPC canonical JSON, as securesystemslib's `encode_canonical` writes it.
    package func canonicalBytes() -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.write(self)
        return encoder.bytes
    }

    /// The same as compact JSON text (RFC 8259): canonical, but for control characters, which are escaped.
    package func jsonBytes() -> [UInt8] { JSONText.fromCanonical(canonicalBytes()) }
}

extension JSONObject {
    /// The canonical bytes of this object; see ``JSONValue/canonicalBytes()``.
    package func canonicalBytes() -> [UInt8] { JSONValue.object(self).canonicalBytes() }

    /// This object as compact JSON text; see ``JSONValue/jsonBytes()``.
    package func jsonBytes() -> [UInt8] { JSONValue.object(self).jsonBytes() }

    /// This object as a line of a log: JSON text in printable ASCII, whatever it holds, and a line feed.
    package func lineBytes() -> [UInt8] { JSONText.printable(jsonBytes()) + [UInt8(ascii: "\n")] }
}

/// Turns canonical bytes into JSON text.
package enum JSONText {
    /// - Parameter canonical: canonical bytes. A control character in them can only stand inside a string.
    /// - Returns: RFC 8259 text of the same value; `canonical` itself where it has no control characters.
    package static func fromCanonical(_ canonical: [UInt8]) -> [UInt8] {
        guard canonical.contains(where: { $0 < 0x20 }) else { return canonical }
        var text: [UInt8] = []
        text.reserveCapacity(canonical.count &+ canonical.count / 16)
        for byte in canonical {
            switch byte {
            case UInt8(ascii: "\n"): text.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\r"): text.append(contentsOf: #"\r"#.utf8)
            case UInt8(ascii: "\t"): text.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20: escape(UInt16(byte), into: &text)
            default: text.append(byte)
            }
        }
        return text
    }

    /// - Parameter text: JSON text. Outside of strings it is ASCII by itself.
    /// - Returns: the same value with all but printable ASCII escaped, so that neither a terminal nor a reader of lines
    ///   takes any of it for a command or a line's end; `text` itself where there is nothing to escape.
    static func printable(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(where: { $0 >= 0x7F }) else { return text }
        var line: [UInt8] = []
        line.reserveCapacity(text.count &* 2)
        for unit in String(decoding: text, as: UTF8.self).utf16 {
            if unit < 0x7F { line.append(UInt8(truncatingIfNeeded: unit)) } else { escape(unit, into: &line) }
        }
        return line
    }

    private static func escape(_ unit: UInt16, into text: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        text.append(contentsOf: #"\u"#.utf8)
        for shift in [12, 8, 4, 0] { text.append(digits[Int(unit >> UInt16(shift) & 15)]) }
    }
}

/// Appends canonical JSON to a growing buffer.
private struct CanonicalEncoder {
    var bytes: [UInt8] = []

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): write(value)
        case .string(let value): write(value)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for element in elements {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for member in object.members {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                write(member.key)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func write(_ value: Int) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8Bytes { utf8 in
            if utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in utf8 {
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                        bytes.append(UInt8(ascii: "\\"))
                    }
                    bytes.append(byte)
                }
            } else {
                bytes.append(contentsOf: utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
