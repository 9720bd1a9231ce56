/// What a `Description-Content-Type` may say.
///
/// - Source: core metadata specification; `packaging.metadata`.
enum DescriptionContentType {
    static let types = ["text/markdown", "text/plain", "text/x-rst"]
    static let markdownVariants = ["CommonMark", "GFM"]

    /// Why the value is refused, or nil.
    static func fault(in value: String) -> String? {
        let field = PythonText.repr(MetadataField.descriptionContentType.rawValue)
        let parts = value.split(separator: ";", omittingEmptySubsequences: false)
            .map { PythonText.strip(String($0)) }
        let type = parts.first?.lowercased() ?? ""
        guard types.contains(type) else {
            return "\(field) must be one of \(PythonText.repr(types)), not \(PythonText.repr(value))"
        }
        let parameters = parts.dropFirst().map(parameter)
        if let charset = parameters.last(where: { $0.name == "charset" })?.value, charset != "UTF-8" {
            return "\(field) can only specify the UTF-8 charset, not \(PythonText.repr(charset))"
        }
        let variant = parameters.last { $0.name == "variant" }?.value ?? "GFM"
        if type == "text/markdown" && !markdownVariants.contains(variant) {
            return "valid Markdown variants for \(field) are \(PythonText.repr(markdownVariants)), "
                + "not \(PythonText.repr(variant))"
        }
        return nil
    }

    private static func parameter(_ text: String) -> (name: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map { PythonText.strip(String($0)) }
        let value = parts.count > 1 ? parts[1] : ""
        let isQuoted = value.utf8.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
        return (parts.first?.lowercased() ?? "", isQuoted ? String(value.dropFirst().dropLast()) : value)
    }
}
