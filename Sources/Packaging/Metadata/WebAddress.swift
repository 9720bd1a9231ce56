/// The form of addresses in `Home-Page`, `Download-URL` and `Project-URL`.
package enum WebAddress {
    /// Whether the text is an absolute `http` or `https` address.
    ///
    /// As lenient as Warehouse, which escapes whatever a URI may not hold before it looks: the host may be
    /// missing, and spaces and non-ASCII characters are fine. Control characters are not; that is our rule.
    ///
    /// - Source: Warehouse, `utils/http.py`, `is_valid_uri`.
    package static func isValid(_ text: String) -> Bool {
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }),
            let colon = text.utf8.firstIndex(of: UInt8(character: ":")),
            ["http", "https"].contains(text[..<colon].lowercased())
        else { return false }
        let rest = text.utf8[text.utf8.index(after: colon)...].prefix { $0 != "#" }
        let path = rest.starts(with: "//".utf8) ? rest.dropFirst(2).drop { $0 != "/" && $0 != "?" } : rest
        return !path.contains { $0 == "[" || $0 == "]" }
    }
}
