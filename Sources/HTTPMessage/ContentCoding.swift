/// Content codings a client takes (RFC 9110 §12.5.3).
package enum ContentCoding {
    /// Whether an Accept-Encoding field admits gzip. No field means identity, here.
    package static func acceptsGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        // What pip and browsers send; saves taking it apart.
        if header.hasPrefix("gzip, deflate") { return true }
        var named: Bool?
        var any: Bool?
        for item in ListField.items(header) {
            let pieces = ListField.split(item, at: ";")
            let accepts = (ListField.quality(pieces.dropFirst()) ?? 0) > 0
            switch pieces[0].lowercased() {
            case "gzip", "x-gzip": named = accepts
            case "*": any = accepts
            default: continue
            }
        }
        return named ?? any ?? false
    }
}
