/// The inside of a Python string literal.
enum PythonLiteral {
    /// What the literal stands for, or nil if Python would not read it: it has a raw newline or NUL, or a
    /// malformed escape. Escapes by name (`\N{…}`) and of surrogates are refused too; that is our rule.
    static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.contains(UInt8(character: "\\")) else {
            return bytes.contains(where: isForbidden) ? nil : String(decoding: bytes, as: UTF8.self)
        }
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte != "\\" {
                if isForbidden(byte) { return nil }
                result.append(byte)
            } else if let kind = rest.popFirst() {
                guard let decoded = escape(kind, &rest) else { return nil }
                result += decoded
            } else {
                return nil
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isForbidden(_ byte: UInt8) -> Bool { byte == "\n" || byte == "\r" || byte == 0 }

    private static func escape(_ kind: UInt8, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        switch Unicode.Scalar(kind) {
        case "\n": []
        case "\\", "'", "\"": [kind]
        case "a": [7]
        case "b": [8]
        case "f": [12]
        case "n": [10]
        case "r": [13]
        case "t": [9]
        case "v": [11]
        case "0"..."7": octal(kind, &rest)
        case "x": hexadecimal(width: 2, &rest)
        case "u": hexadecimal(width: 4, &rest)
        case "U": hexadecimal(width: 8, &rest)
        case "N", "\r", "\0": nil
        default: [UInt8(character: "\\"), kind]
        }
    }

    private static func octal(_ first: UInt8, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        var value = UInt32(first & 7)
        var count = 1
        while count < 3, let digit = rest.first, digit & 0xF8 == 0x30 {
            value = value * 8 + UInt32(digit & 7)
            rest = rest.dropFirst()
            count += 1
        }
        return encoded(value)
    }

    private static func hexadecimal(width: Int, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let digits = rest.prefix(width)
        guard digits.count == width, digits.allSatisfy(\.isHexDigit),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        rest = rest.dropFirst(width)
        return encoded(value)
    }

    private static func encoded(_ value: UInt32) -> [UInt8]? {
        Unicode.Scalar(value).map { Array(UTF8.encode($0) ?? .init()) }
    }
}
