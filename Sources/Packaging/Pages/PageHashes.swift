/// Digests as pages write them.
enum PageHashes {
    /// What pages name in fragments, with the number of their hex digits; the preferred one comes first.
    ///
    /// SHA-256 leads because every client knows it; the others follow by strength.
    static let known: [(algorithm: String, digits: Int)] = [
        ("sha256", 64), ("sha512", 128), ("sha384", 96), ("sha224", 56), ("sha1", 40), ("md5", 32),
    ]

    /// Reads the name of an algorithm.
    ///
    /// - Returns: the name in lower case; nil for what no algorithm can be called.
    static func algorithm(_ name: String) -> String? {
        guard (1...32).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0.isAlphanumeric || $0 == "-" || $0 == "_" })
        else { return nil }
        return String(decoding: name.utf8.map(\.lowercased), as: UTF8.self)
    }

    /// Reads one digest.
    ///
    /// - Parameter algorithm: in lower case.
    /// - Returns: lower-case hex; nil if it is malformed.
    static func digest(_ hex: String, of algorithm: String) -> String? {
        let digits = known.first { $0.algorithm == algorithm }?.digits
        guard digits.map({ $0 == hex.utf8.count }) ?? (2...256).contains(hex.utf8.count),
            hex.utf8.allSatisfy(\.isHexDigit)
        else { return nil }
        return String(decoding: hex.utf8.map(\.lowercased), as: UTF8.self)
    }

    /// Reads the digests in the fragment of a link: `sha256=<hex>`, perhaps one of several parts that `&` separates.
    ///
    /// - Returns: digests by algorithm; nil if one is malformed.
    static func inFragment(_ fragment: String) -> [String: String]? {
        var hashes: [String: String] = [:]
        for part in fragment.split(separator: "&") {
            let (algorithm, hex) = pair(String(part))
            guard known.contains(where: { $0.algorithm == algorithm }), hashes[algorithm] == nil else {
                continue
            }
            guard let digest = digest(hex ?? "", of: algorithm) else { return nil }
            hashes[algorithm] = digest
        }
        return hashes
    }

    /// Splits at the first `=`.
    static func pair(_ text: String) -> (key: String, value: String?) {
        guard let equals = text.utf8.firstIndex(of: UInt8(character: "=")) else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.utf8.index(after: equals)...]))
    }
}
