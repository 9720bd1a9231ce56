/// The form of `Import-Name` and `Import-Namespace`.
///
/// - Source: PEP 794; `packaging.metadata`.
enum ImportName {
    /// Why the value is refused, or nil.
    static func fault(in value: String, of field: MetadataField) -> String? {
        let field = PythonText.repr(field.rawValue)
        let parts = value.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let name = PythonText.stripTrailing(parts.first ?? "")
        for identifier in name.split(separator: ".", omittingEmptySubsequences: false) {
            let quoted = (PythonText.repr(name), PythonText.repr(String(identifier)))
            if !isIdentifier(identifier) {
                return "\(quoted.0) is invalid for \(field); \(quoted.1) is not a valid identifier"
            }
            if keywords.contains(String(identifier)) {
                return "\(quoted.0) is invalid for \(field); \(quoted.1) is a keyword"
            }
        }
        if parts.count > 1 && PythonText.stripLeading(parts[1]) != "private" {
            return "\(PythonText.repr(value)) is invalid for \(field); the only valid option is 'private'"
        }
        return nil
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        guard let first = text.unicodeScalars.first, first == "_" || first.properties.isXIDStart else {
            return false
        }
        return text.unicodeScalars.allSatisfy(\.properties.isXIDContinue)
    }

    private static let keywords: Set<String> = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
        "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
        "lambda",
        "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ]
}
