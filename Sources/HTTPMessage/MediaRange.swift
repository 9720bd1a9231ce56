/// One entry of an Accept field (RFC 9110 §12.5.1).
package struct MediaRange: Hashable, Sendable {
    /// In lower case; `*` stands for any.
    package let type: String
    package let subtype: String
    /// In thousandths, 0…1000.
    package let quality: Int

    /// Nil where `text` is malformed.
    init?(_ text: Substring) {
        let pieces = ListField.split(text, at: ";")
        let names = pieces[0].lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != "*" || names[1] == "*",
            let quality = ListField.quality(pieces.dropFirst())
        else { return nil }
        type = String(names[0])
        subtype = String(names[1])
        self.quality = quality
    }

    /// How closely this entry names a media type: 3 exactly, 2 by its type, 1 by `*/*`, 0 not at all.
    private func closeness(type: Substring, subtype: Substring) -> Int {
        if self.type == "*" { return 1 }
        guard self.type == type else { return 0 }
        if self.subtype == "*" { return 2 }
        return self.subtype == subtype ? 3 : 0
    }

    /// The offer that `accept` likes best.
    ///
    /// The closest entry decides an offer's quality; ties go to the earlier offer. Malformed entries are
    /// skipped.
    /// - Parameters:
    ///   - offers: media types; parameters are kept but not compared.
    ///   - accept: the Accept field's values; nil or blank accepts anything.
    /// - Returns: nil where nothing is acceptable (406).
    package static func preferred(among offers: [String], accept: String?) -> String? {
        let items = accept.map(ListField.items) ?? []
        guard !items.isEmpty else { return offers.first }
        let ranges = items.compactMap { MediaRange($0) }
        var best: (offer: String, quality: Int)?
        for offer in offers {
            let names = ListField.split(offer[...], at: ";")[0].lowercased().split(separator: "/")
            guard names.count == 2 else { continue }
            var closest = 0
            var quality = 0
            for range in ranges {
                let closeness = range.closeness(type: names[0], subtype: names[1])
                if closeness > closest { (closest, quality) = (closeness, range.quality) }
            }
            if quality > (best?.quality ?? 0) { best = (offer, quality) }
        }
        return best?.offer
    }
}
