/// Clauses about versions that must hold together, as in `>=3.9,!=3.10.*`; none at all hold always.
///
/// - Source: version specifiers specification; `packaging.specifiers.SpecifierSet`.
package struct SpecifierSet: Sendable {
    /// As written, in sorted order, without repetitions.
    package let specifiers: [Specifier]

    /// Empty clauses, as in `>=1,,<2`, are ignored.
    ///
    /// - Throws: `.invalidSpecifier` with the first clause that is none.
    package init(_ text: String) throws(PackagingError) {
        var written: [(text: String, specifier: Specifier)] = []
        for part in text.utf8.split(separator: UInt8(character: ",")) {
            let clause = PythonText.strip(String(Substring(part)))
            guard !clause.isEmpty else { continue }
            let specifier = try Specifier(clause)
            written.append((specifier.description, specifier))
        }
        written.sort { $0.text.unicodeScalars.lexicographicallyPrecedes($1.text.unicodeScalars) }
        var seen: Set<Specifier> = []
        self.specifiers = written.map(\.specifier).filter { seen.insert($0).inserted }
    }

    /// Whether the version satisfies every clause.
    ///
    /// - Parameter acceptsPrereleases: if false, no pre-release does. By default they are judged like any other
    ///   version, as `packaging` does when a version is asked about on its own.
    package func contains(_ version: Version, acceptsPrereleases: Bool = true) -> Bool {
        (acceptsPrereleases || !version.isPrerelease) && specifiers.allSatisfy { $0.contains(version) }
    }

    package var isEmpty: Bool { specifiers.isEmpty }
}

extension SpecifierSet: Hashable, CustomStringConvertible {
    package var description: String { specifiers.lazy.map(\.description).joined(separator: ",") }

    /// The form in which equal sets are the same, in whichever order their clauses were written.
    package var canonical: String {
        specifiers.map(\.canonical)
            .sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
            .joined(separator: ",")
    }

    package static func == (left: SpecifierSet, right: SpecifierSet) -> Bool {
        left.canonical == right.canonical
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }
}
