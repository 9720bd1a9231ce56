extension JSONParser {
    /// A string as read.
    struct Text {
        let text: String
        /// The bytes between the quotes, where they are the text itself (nothing was escaped).
        let raw: UnsafeBufferPointer<UInt8>?
    }

    /// Reads the string whose opening quote is at `offset`.
    mutating func string() throws(JSONError) -> Text {
        offset &+= 1
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let raw = UnsafeBufferPointer(rebasing: bytes[start..<offset])
                guard let text = String(validating: raw, as: UTF8.self) else {
                    throw .invalidUTF8(offset: start)
                }
                offset &+= 1
                return Text(text: text, raw: raw)
            }
            if byte == UInt8(ascii: "\\") { return Text(text: try escapedString(from: start), raw: nil) }
            if byte < 0x20 { throw .controlCharacter(byte, offset: offset) }
            offset &+= 1
        }
        throw .unexpectedEnd(offset: offset)
    }

    /// Reads the rest of a string that has an escape at `offset`.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else {
                    throw .invalidUTF8(offset: start)
                }
                offset &+= 1
                return text
            case UInt8(ascii: "\\"):
                text.append(contentsOf: try escape().utf8)
            case 0..<0x20:
                throw .controlCharacter(byte, offset: offset)
            default:
                text.append(byte)
                offset &+= 1
            }
        }
        throw .unexpectedEnd(offset: offset)
    }

    /// Reads the escape whose backslash is at `offset`.
    private mutating func escape() throws(JSONError) -> Character {
        let start = offset
        guard start &+ 1 < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
        offset &+= 2
        switch bytes[start &+ 1] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try unicodeEscape(from: start))
        default: throw .invalidEscape(offset: start)
        }
    }

    /// Reads the digits after `\u`, and the second half of a surrogate pair with them.
    private mutating func unicodeEscape(from start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try fourHexDigits(of: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, offset &+ 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset &+ 1] == UInt8(ascii: "u")
        else { throw .loneSurrogate(offset: start) }
        offset &+= 2
        let second = try fourHexDigits(of: start)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 &+ ((first &- 0xD800) << 10) &+ (second &- 0xDC00))
        else { throw .loneSurrogate(offset: start) }
        return scalar
    }

    private mutating func fourHexDigits(of start: Int) throws(JSONError) -> UInt32 {
        guard offset <= bytes.count &- 4 else { throw .unexpectedEnd(offset: bytes.count) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[offset]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte &- UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte &- UInt8(ascii: "a") &+ 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte &- UInt8(ascii: "A") &+ 10
            default: throw .invalidEscape(offset: start)
            }
            value = value << 4 | UInt32(digit)
            offset &+= 1
        }
        return value
    }
}
