package import Packaging
package import TUF

/// A project as its published metadata shows it to clients.
package struct PublishedProject: Hashable, Sendable {
    package let project: ProjectName
    /// Of the project's role; 0 where it is not claimed.
    package let version: Int
    /// In the order of the page; none for a project that does not exist yet.
    package let files: [ProjectPage.File]
    /// Who maintains it, as the maintainers themselves have signed it; nil where it is not claimed.
    package let maintainers: Maintainers?

    package init(project: ProjectName, version: Int, files: [ProjectPage.File], maintainers: Maintainers?) {
        self.project = project
        self.version = version
        self.files = files
        self.maintainers = maintainers
    }
}

/// What a draft changes, seen from what is published: what a maintainer looks at before signing.
package struct DraftReview: Hashable, Sendable {
    package let published: PublishedProject
    package let draft: ProjectDraft
    package let added: [ProjectPage.File]
    package let removed: [ProjectPage.File]
    /// Files whose yanking changes, as they will be.
    package let yankingChanged: [ProjectPage.File]
    package let keysAdded: [Maintainers.Key]
    package let keysRemoved: [Maintainers.Key]

    /// - Throws: `.version` unless the draft follows the published version; `.targets` for a file that stays under
    ///   its name and changes; `.maintainers` for a key that changes hands.
    package init(of draft: ProjectDraft, after published: PublishedProject) throws(TransactionRefusal) {
        let role = "project-\(draft.project.normalized)"
        guard draft.project == published.project, draft.targets.version == published.version + 1 else {
            throw TransactionRefusal(
                .version, role: role, value: "\(draft.targets.version)",
                "Version \(draft.targets.version) does not follow the published version \(published.version)."
            )
        }
        let before = Dictionary(published.files.map { ($0.filename, $0) }, uniquingKeysWith: { a, _ in a })
        let after = Dictionary(draft.page.files.map { ($0.filename, $0) }, uniquingKeysWith: { a, _ in a })
        added = draft.page.files.filter { before[$0.filename] == nil }
        removed = published.files.filter { after[$0.filename] == nil }
        var yankingChanged: [ProjectPage.File] = []
        for file in draft.page.files {
            guard let old = before[file.filename], old != file else { continue }
            guard old.yanked(file.yanked) == file else {
                throw TransactionRefusal(
                    .targets, role: role, value: file.filename,
                    "The draft changes '\(file.filename)'; a published file never changes.")
            }
            yankingChanged.append(file)
        }
        self.yankingChanged = yankingChanged
        let old = published.maintainers?.keys ?? []
        for key in draft.maintainers.keys {
            guard let account = published.maintainers?.account(of: key.publicKey.id) else { continue }
            guard account == key.account else {
                throw TransactionRefusal(
                    .maintainers, role: role, value: key.publicKey.id.hex,
                    "The draft gives a key of '\(account)' to '\(key.account)'.")
            }
        }
        keysAdded = draft.maintainers.keys.filter { !old.contains($0) }
        keysRemoved = old.filter { !draft.maintainers.keys.contains($0) }
        self.published = published
        self.draft = draft
    }

    /// Holds the draft to what was asked for.
    ///
    /// - Parameters:
    ///   - changes: what the maintainer wants.
    ///   - now: files that are added were uploaded about now.
    /// - Throws: `.targets`, `.maintainers`, `.expired`: the draft is another than it should be.
    package func require(exactly changes: ProjectChanges, now: MetadataTime) throws(TransactionRefusal) {
        let role = "project-\(draft.project.normalized)"
        guard (now...now.advanced(bySeconds: Self.longestLifetime)).contains(draft.targets.expires) else {
            throw TransactionRefusal(
                .expired, role: role, value: draft.targets.expires.description,
                "The draft would be good until \(draft.targets.expires).")
        }
        let wanted = changes.authority
        let keyIDs = wanted?.keyIDs.sorted() ?? published.maintainers?.keys.map(\.publicKey.id)
        guard draft.maintainers.keys.map(\.publicKey.id) == keyIDs,
            draft.maintainers.threshold == wanted?.threshold ?? published.maintainers?.threshold
        else {
            throw TransactionRefusal(
                .maintainers, role: role, "The draft names other maintainers than you asked for.")
        }
        let uploadTime = added.first?.uploadTime ?? 0
        guard added.isEmpty || abs(uploadTime / 1_000_000 - now.secondsSinceEpoch) < 86_400 else {
            throw TransactionRefusal(
                .targets, role: role, value: "\(uploadTime)",
                "The draft says that the files were uploaded on another day; is a clock wrong?")
        }
        let files = try ProjectDraft.files(published.files, applying: changes, uploadTime: uploadTime)
        let expected = ProjectPage(name: draft.project, serial: nil, status: .active, files: files)
        guard expected.json() == draft.json else {
            throw TransactionRefusal(
                .targets, role: role, "The draft changes something else than you asked for.")
        }
    }

    /// Our own limit: metadata that is good for ever cannot be replaced where clients are kept from the new one.
    private static let longestLifetime = 3 * 366 * 86_400
}

extension DraftReview {
    /// For people, a line for each change.
    package var lines: [String] {
        var lines: [String] = []
        if published.maintainers == nil {
            lines.append(
                "claims   \(draft.project.normalized), with what it has: \(published.files.count) files")
            lines += published.files.map { "has      \($0.summary)" }
        }
        lines += added.map { "adds     \($0.summary)" }
        lines += removed.map { "removes  \($0.summary)" }
        lines += yankingChanged.map { file in
            switch file.yanked {
            case .no: "unyanks  \(file.filename)"
            case .yes(let reason): "yanks    \(file.filename)" + (reason.map { ": \($0)" } ?? "")
            }
        }
        lines += keysAdded.map { "key +    \($0.publicKey.id.hex) of \($0.account)" }
        lines += keysRemoved.map { "key -    \($0.publicKey.id.hex) of \($0.account)" }
        let (old, new) = (published.maintainers?.threshold, draft.maintainers.threshold)
        if old != new { lines.append("signers  \(old.map { "\($0) -> " } ?? "")\(new) must sign") }
        lines.append("version  \(draft.targets.version), good until \(draft.targets.expires)")
        return lines.map(\.printable)
    }
}

extension ProjectPage.File {
    fileprivate var summary: String { "\(filename)  \(size) bytes  sha256 \(sha256Hex)" }
}

extension String {
    /// Without what could move a terminal's cursor or turn the text round.
    fileprivate var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
