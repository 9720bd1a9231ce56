/// A dependency on another project, as in `requests[socks]>=2; python_version < "3.9"`.
///
/// - Source: dependency specifiers specification (PEP 508); `packaging.requirements.Requirement`.
package struct Requirement: Sendable {
    /// As written. Not a ``ProjectName``: the grammar allows a trailing underscore.
    package let name: String
    /// As written, sorted, without repetitions.
    package let extras: [String]
    /// Empty if there is a URL.
    package let specifiers: SpecifierSet
    /// Where the project is to be fetched from, for a direct dependency.
    package let url: String?
    package let marker: Marker?

    /// - Throws: `.invalidRequirement`.
    package init(_ text: String) throws(PackagingError) {
        var scanner = RequirementScanner(text)
        do throws(RequirementFault) {
            self = try scanner.parseRequirement()
        } catch {
            throw .invalidRequirement(text, error)
        }
    }

    init(name: String, extras: [String], specifiers: SpecifierSet, url: String?, marker: Marker?) {
        self.name = name
        self.extras = Set(extras).sorted()
        self.specifiers = specifiers
        self.url = url
        self.marker = marker
    }

    /// The form in which requirements that mean the same are the same: names and extras normalised.
    package var normalized: String {
        let extras = Set(extras.map { ProjectName.normalize(Array($0.utf8)) }).sorted()
        return text(
            name: ProjectName.normalize(Array(name.utf8)), extras: extras, specifiers: specifiers.canonical)
    }

    private func text(name: String, extras: [String], specifiers: String) -> String {
        var text = name
        if !extras.isEmpty { text += "[" + extras.joined(separator: ",") + "]" }
        text += specifiers
        if let url { text += " @ " + url + (marker == nil ? "" : " ") }
        if let marker { text += "; \(marker)" }
        return text
    }
}

extension Requirement: Hashable, CustomStringConvertible {
    /// `str(Requirement(text))`.
    package var description: String {
        text(name: name, extras: extras, specifiers: specifiers.description)
    }

    package static func == (left: Requirement, right: Requirement) -> Bool {
        left.normalized == right.normalized
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(normalized) }
}
