/// The version of a release, read and ordered as `packaging.version.Version` does.
///
/// Versions that differ only in spelling (`1.0`, `v1.0.0`, `1.0-0` and `1.0.post0`) are equal.
///
/// - Shape: `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]` and its tolerated spellings; numbers of any length.
/// - Source: version specifiers specification (PEP 440).
package struct Version: Sendable {
    /// The phase before a final release.
    package enum Phase: Int, Sendable {
        case alpha, beta, candidate

        /// As it is spelled in a normalised version.
        package var letters: String {
            switch self {
            case .alpha: "a"
            case .beta: "b"
            case .candidate: "rc"
            }
        }
    }

    /// Phase and number, as in `b2`.
    package struct Prerelease: Hashable, Sendable {
        package let phase: Phase
        package let number: DecimalNumber
    }

    /// One part of a local version, as in `+ubuntu.1`.
    package enum LocalPart: Hashable, Sendable {
        case text(String)
        case number(DecimalNumber)
    }

    package let epoch: DecimalNumber
    /// At least one number, trailing zeros kept.
    package let release: [DecimalNumber]
    package let prerelease: Prerelease?
    package let post: DecimalNumber?
    package let dev: DecimalNumber?
    /// Not empty if present.
    package let localParts: [LocalPart]?

    init(
        epoch: DecimalNumber, release: [DecimalNumber], prerelease: Prerelease?, post: DecimalNumber?,
        dev: DecimalNumber?, localParts: [LocalPart]?
    ) {
        self.epoch = epoch
        self.release = release
        self.prerelease = prerelease
        self.post = post
        self.dev = dev
        self.localParts = localParts
    }

    /// Reads any spelling PEP 440 tolerates, surrounded by whitespace or not. Linear in the text's length.
    ///
    /// - Throws: `.invalidVersion`.
    package init(_ text: String) throws(PackagingError) {
        var scanner = VersionScanner(Array(PythonText.strip(text).utf8))
        guard let version = scanner.scanVersion(), scanner.isAtEnd else { throw .invalidVersion(text) }
        self = version
    }

    /// An alpha, beta, release candidate or development release.
    package var isPrerelease: Bool { prerelease != nil || dev != nil }
    package var isPostrelease: Bool { post != nil }
    package var isDevrelease: Bool { dev != nil }
    package var hasLocal: Bool { localParts != nil }

    /// The local version without its `+`, normalised.
    package var local: String? {
        guard let localParts else { return nil }
        return localParts.map { part in
            switch part {
            case .text(let text): text
            case .number(let number): number.description
            }
        }.joined(separator: ".")
    }

    /// The version without its local part.
    package var withoutLocal: Version {
        Version(
            epoch: epoch, release: release, prerelease: prerelease, post: post, dev: dev, localParts: nil)
    }

    /// The normal form with trailing zeros of the release removed: equal versions have the same one.
    ///
    /// - Source: `packaging.utils.canonicalize_version`.
    package var canonical: String { text(release: trimmedRelease.isEmpty ? release[..<1] : trimmedRelease) }

    /// The release without its trailing zeros; may be empty.
    var trimmedRelease: ArraySlice<DecimalNumber> {
        guard let last = release.lastIndex(where: { !$0.isZero }) else { return release[..<0] }
        return release[...last]
    }

    private func text(release: ArraySlice<DecimalNumber>) -> String {
        var text = epoch.isZero ? "" : "\(epoch)!"
        text += release.lazy.map(\.description).joined(separator: ".")
        if let prerelease { text += prerelease.phase.letters + prerelease.number.description }
        if let post { text += ".post\(post)" }
        if let dev { text += ".dev\(dev)" }
        if let local { text += "+\(local)" }
        return text
    }
}

extension Version: CustomStringConvertible {
    /// The normal form, trailing zeros kept (`str(Version(text))`).
    package var description: String { text(release: release[...]) }
}
