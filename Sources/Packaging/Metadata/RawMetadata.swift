/// Core metadata as it was sent: the text of each field, not yet judged.
///
/// Empty values count as absent, and so does `UNKNOWN`, which old build tools write for lack of a value. NUL,
/// which databases refuse, becomes the text `\x00`. Warehouse treats its upload form alike.
package struct RawMetadata: Hashable, Sendable {
    /// Never empty lists.
    private(set) var values: [MetadataField: [String]] = [:]

    package init() {}

    /// Every value of the field, in order.
    package subscript(field: MetadataField) -> [String] { values[field] ?? [] }

    /// The only value of a field; nil if there is none or more.
    package func single(_ field: MetadataField) -> String? {
        guard let found = values[field], found.count == 1 else { return nil }
        return found.first
    }

    package var fields: some Collection<MetadataField> { values.keys }

    mutating func add(_ value: String, to field: MetadataField) {
        guard !value.isEmpty, PythonText.strip(value) != "UNKNOWN" else { return }
        values[field, default: []].append(Self.withoutNUL(value))
    }

    private static func withoutNUL(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return text.unicodeScalars.reduce(into: "") { $0 += $1 == "\0" ? "\\x00" : String($1) }
    }

    /// Labels and addresses of `Project-URL`, in order; nil if a label occurs twice.
    package var projectURLs: [ProjectURL]? {
        var labels: Set<String> = []
        var urls: [ProjectURL] = []
        for value in self[.projectURL] {
            let url = ProjectURL(value)
            guard labels.insert(url.label).inserted else { return nil }
            urls.append(url)
        }
        return urls
    }

    /// `Keywords` split at commas.
    package var keywords: [String] {
        guard let text = single(.keywords) else { return [] }
        return text.split(separator: ",", omittingEmptySubsequences: false)
            .map { PythonText.strip(String($0)) }
    }
}

/// A value of `Project-URL`: a label, a comma and an address.
package struct ProjectURL: Hashable, Sendable {
    package let label: String
    /// Empty if there was no comma.
    package let url: String

    package init(_ text: String) {
        let parts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        label = PythonText.strip(String(parts[0]))
        url = parts.count > 1 ? PythonText.strip(String(parts[1])) : ""
    }
}
