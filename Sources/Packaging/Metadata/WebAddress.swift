/// The form of addresses in `Home-Page`, `Download-URL` and `Project-URL`.
package enum WebAddress {
    /// Whether the text is an absolute `http` or `https` URI. As in Warehouse, it need not name a host.
    ///
    /// - Source: RFC 3986 §3; Warehouse, `utils/http.py`, `is_valid_uri`.
    package static func isValid(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let colon = text.utf8.firstIndex(of: UInt8(character: ":")),
            ["http", "https"].contains(text[..<colon].lowercased())
        else { return false }
        var rest = text.utf8[text.utf8.index(after: colon)...]
        if let fragment = rest.firstIndex(of: UInt8(character: "#")) { rest = rest[..<fragment] }
        var query = rest[rest.endIndex...]
        if let mark = rest.firstIndex(of: UInt8(character: "?")) {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        if rest.starts(with: "//".utf8) {
            let afterSlashes = rest.dropFirst(2)
            let end = afterSlashes.firstIndex(of: UInt8(character: "/")) ?? afterSlashes.endIndex
            guard isAuthority(Array(afterSlashes[..<end])) else { return false }
            rest = afterSlashes[end...]
        }
        return consists(of: ":@/", Array(rest)) && consists(of: ":@/?", Array(query))
    }

    private static func isAuthority(_ bytes: [UInt8]) -> Bool {
        let hostStart = bytes.lastIndex(of: UInt8(character: "@")).map { $0 + 1 } ?? 0
        guard consists(of: ":@", Array(bytes[..<hostStart])) else { return false }
        let hostPort = bytes[hostStart...]
        let isLiteral = hostPort.first == "["
        let hostEnd: Int
        if isLiteral {
            guard let close = hostPort.firstIndex(of: UInt8(character: "]")) else { return false }
            hostEnd = close + 1
        } else {
            hostEnd = hostPort.firstIndex(of: UInt8(character: ":")) ?? hostPort.endIndex
        }
        let host = hostPort[..<hostEnd]
        let port = hostPort[hostEnd...]
        guard port.isEmpty || port.first == ":" && port.count <= 6 && port.dropFirst().allSatisfy(\.isDigit)
        else { return false }
        guard isLiteral else { return consists(of: "", Array(host)) }
        return host.count > 3
            && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }

    /// Whether there are but unreserved characters, sub-delimiters, percent escapes and the extra ones.
    private static func consists(of extra: String, _ bytes: [UInt8]) -> Bool {
        let allowed = "-._~!$&'()*+,;=" + extra
        var index = 0
        while index < bytes.count {
            if bytes[index] == "%" {
                guard index + 2 < bytes.count, bytes[index + 1].isHexDigit, bytes[index + 2].isHexDigit else {
                    return false
                }
                index += 2
            } else if !bytes[index].isAlphanumeric && !allowed.utf8.contains(bytes[index]) {
                return false
            }
            index += 1
        }
        return true
    }
}
