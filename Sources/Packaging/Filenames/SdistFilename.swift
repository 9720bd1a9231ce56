/// The filename of a source distribution.
///
/// - Shape: `{project}-{version}.tar.gz`; `.zip` is read but legacy.
/// - Source: `packaging.utils.parse_sdist_filename`; source distribution format (PEP 625).
package struct SdistFilename: Hashable, Sendable {
    /// The whole filename.
    package let text: String
    package let project: ProjectName
    package let version: Version
    /// Ends in `.zip`, which PEP 625 abolished.
    package let isLegacyZip: Bool

    /// - Throws: `.invalidSdistFilename`.
    package init(_ text: String) throws(PackagingError) {
        let isZip = text.hasSuffix(".zip")
        guard isZip || text.hasSuffix(".tar.gz") else { throw .invalidSdistFilename(text, .wrongExtension) }
        let stem = text.utf8.dropLast(isZip ? 4 : 7)
        guard let dash = stem.lastIndex(where: { $0 == "-" }) else {
            throw .invalidSdistFilename(text, .noVersion)
        }
        guard let project = try? ProjectName(String(text[..<dash])) else {
            throw .invalidSdistFilename(text, .invalidProject)
        }
        // Our rule: `packaging` accepts whitespace around the version.
        let component = String(Substring(stem[stem.index(after: dash)...]))
        guard let version = try? Version(component), PythonText.strip(component) == component else {
            throw .invalidSdistFilename(text, .invalidVersion)
        }
        self.text = text
        self.project = project
        self.version = version
        self.isLegacyZip = isZip
    }

    /// The only filename PEP 625 allows for the release.
    package static func expected(project: ProjectName, version: Version) -> String {
        "\(project.filenameComponent)-\(version).tar.gz"
    }
}
