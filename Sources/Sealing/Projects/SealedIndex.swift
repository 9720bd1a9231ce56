import CanonicalJSON
import Crypto
package import Foundation
package import HTTPClient
package import Packaging
package import TUF
import TUFClient
package import TUFRepository

/// The index as a client sees it that trusts a root and nothing else.
package struct SealedIndex {
    private var updater: Updater
    private let client: HTTPClient
    private let now: @Sendable () -> MetadataTime

    /// - Parameters:
    ///   - root: bytes of the trusted root.
    ///   - address: of the index.
    ///   - folder: where what is trusted is kept, in a folder of its own for each root.
    package init(
        trustedRoot root: [UInt8], address: URL, folder: String, client: HTTPClient,
        now: @escaping @Sendable () -> MetadataTime
    ) throws {
        updater = try Updater(
            trustedRoot: root,
            repository: .init(
                metadata: address.appendingPathComponent("tuf/metadata", isDirectory: true),
                targets: address.appendingPathComponent("tuf/targets", isDirectory: true)),
            store: try TrustStore(directory: "\(folder)/\(Digest.sha256Hex(root))"), client: client)
        self.client = client
        self.now = now
    }

    /// The verified state of a project now.
    ///
    /// - Throws: `MetadataError`, `HTTPClientError`, `UpdaterError`; `TransactionRefusal` for a page that this
    ///   software would not have rendered.
    package mutating func published(_ project: ProjectName) throws -> PublishedProject {
        try updater.refresh(now: now())
        let nothing = PublishedProject(project: project, version: 0, files: [], maintainers: nil)
        guard let found = try updater.find(try TargetPath("\(project.normalized)/index.json")) else {
            return nothing
        }
        let page = try ProjectPage(parsing: try updater.download(found))
        guard page.name == project else {
            throw TransactionRefusal(
                .page, role: found.role.text, value: page.name.display, "The page is another project's.")
        }
        guard found.role == (try ProjectRole.name(of: project)),
            let targets = updater.trusted.targets[found.role]?.payload
        else {
            return PublishedProject(project: project, version: 0, files: page.files, maintainers: nil)
        }
        guard let field = targets.unrecognized[Maintainers.field] else {
            throw TransactionRefusal(
                .maintainers, role: found.role.text, "The metadata does not say who maintains the project.")
        }
        return PublishedProject(
            project: project, version: targets.version, files: page.files,
            maintainers: try Maintainers(json: field))
    }

    /// Makes sure that clients get what was signed: both pages, and files byte for byte.
    ///
    /// - Parameters:
    ///   - draft: what was published.
    ///   - files: of it, those to download.
    ///   - received: called with the number of bytes as they come.
    /// - Throws: ``SealingError`` `.notReachable`; what the client workflow throws.
    package mutating func verify(
        _ draft: ProjectDraft, files: [ProjectPage.File], received: @escaping (Int) -> Void
    ) throws {
        try updater.refresh(now: now())
        let role = try ProjectRole.name(of: draft.project)
        for (path, expected) in draft.targets.targets.sorted(by: { $0.key < $1.key }) {
            guard let found = try updater.find(path), found.role == role, found.file == expected else {
                throw SealingError.notReachable(path.text)
            }
            let isWanted = files.contains { "\(draft.project.normalized)/\($0.filename)" == path.text }
            if isWanted { try check(found, received) }
        }
    }

    /// The roles between root and a project's, as they were walked last.
    package func chain(to project: ProjectName) -> [RoleName] {
        guard let role = try? ProjectRole.name(of: project) else { return [] }
        let delegators = updater.trusted.targets.filter {
            $0.value.payload.delegations?.roleKeys(of: role) != nil
        }
        return [.root, .targets] + delegators.keys.sorted().filter { $0 != .targets } + [role]
    }

    private func check(_ found: Updater.Found, _ received: @escaping (Int) -> Void) throws {
        var hash = SHA256()
        let address = updater.address(of: found)
        let answer = try client.fetch(address, atMost: found.file.length) { bytes in
            hash.update(bufferPointer: bytes)
            received(bytes.count)
        }
        guard answer != nil, Hex.encode(Array(hash.finalize())) == found.file.hashes["sha256"] else {
            throw SealingError.notReachable(address.absoluteString)
        }
    }
}
