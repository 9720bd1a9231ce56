/// The name of a multipart part and of the file in it (RFC 7578 §4.2).
struct ContentDisposition: Hashable, Sendable {
    let name: String
    let filename: String?

    /// Nil where it is not `form-data` with one `name`.
    init?(_ field: String) {
        let pieces = ListField.split(field[...], at: ";")
        guard pieces[0].lowercased() == "form-data" else { return nil }
        var parameters: [String: String] = [:]
        for piece in pieces.dropFirst() where !piece.isEmpty {
            guard let parameter = ListField.parameter(piece),
                parameters.updateValue(parameter.value, forKey: parameter.name) == nil
            else { return nil }
        }
        guard let name = parameters["name"] ?? parameters["name*"].flatMap(Self.extended) else { return nil }
        self.name = name
        filename = parameters["filename*"].flatMap(Self.extended) ?? parameters["filename"]
    }

    /// Reads `UTF-8'language'percent-encoded` (RFC 8187 §3.2), as older clients send it.
    private static func extended(_ value: String) -> String? {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8",
            let bytes = PercentEncoding.decode(Array(parts[2].utf8)[...], plusIsSpace: false)
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
