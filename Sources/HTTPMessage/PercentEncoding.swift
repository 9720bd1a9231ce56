/// Percent-encoded text (RFC 3986 §2.1) and form-encoded pairs.
package enum PercentEncoding {
    /// The bytes that `text` stands for, or nil where a `%` is not followed by two hexadecimal digits.
    static func decode(_ text: ArraySlice<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            if byte == ASCII.percent {
                guard let high = rest.next().flatMap(ASCII.hexValue),
                    let low = rest.next().flatMap(ASCII.hexValue)
                else { return nil }
                decoded.append(high << 4 | low)
            } else {
                decoded.append(plusIsSpace && byte == 0x2B ? ASCII.space : byte)
            }
        }
        return decoded
    }

    /// The pairs of `application/x-www-form-urlencoded` text; malformed ones are left out.
    package static func formItems(_ text: ArraySlice<UInt8>) -> [(name: String, value: String)] {
        text.split(separator: 0x26).compactMap { pair in
            let parts = pair.split(separator: ASCII.equals, maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(parts[0], plusIsSpace: true),
                let value = decode(parts.count > 1 ? parts[1] : [], plusIsSpace: true),
                let nameText = String(validating: name, as: UTF8.self),
                let valueText = String(validating: value, as: UTF8.self)
            else { return nil }
            return (nameText, valueText)
        }
    }

    /// `text` with everything but unreserved characters percent-encoded.
    package static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
            default:
                encoded.append(ASCII.percent)
                for digit in [byte >> 4, byte & 15] {
                    encoded.append(digit < 10 ? 0x30 + digit : 0x37 + digit)
                }
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
