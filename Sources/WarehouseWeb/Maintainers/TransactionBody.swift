import Blobs
import CanonicalJSON
import HTTPMessage
import HTTPServer
import Packaging
import TUF
import TUFRepository
import Warehouse

/// A project transaction as one ZIP archive: `metadata/project-<p>.json` and `targets/<p>/<file>`.
extension Site {
    /// Takes the archive apart, compares it with the draft, and stores the distributions that the draft awaits.
    ///
    /// - Returns: what completes the draft. Nothing knows of the stored files yet.
    /// - Throws: ``TransactionRefusal``, ``UploadRefusal``, `RequestError`, `BlobError`.
    func readTransaction(
        _ request: Request, for draft: StoredDraft
    ) async throws -> (files: [StoredDistribution], signatures: [Signature]) {
        let warehouse = warehouse
        let writer = try await pool.run { try warehouse.blobs.makeUpload() }
        defer { writer.discard() }
        while let chunk = try await request.body.next() { try await pool.run { try writer.append(chunk) } }
        let rules = upload.rules
        return try await pool.run {
            _ = try writer.finish()
            let archive = try TransactionArchive(descriptor: writer.descriptor)
            let contents = try TransactionContents(archive, draft: draft)
            let signatures = try contents.signatures(over: draft)
            return try (
                contents.distributions.map { try warehouse.take($0, archive, draft, rules) }, signatures
            )
        }
    }
}

/// The entries of a transaction's archive, each known to be what the draft names.
private struct TransactionContents {
    let metadata: TransactionArchive.Entry
    let distributions: [(entry: TransactionArchive.Entry, facts: FileFacts)]
    private let archive: TransactionArchive

    private static let maxMetadataBytes = 8 << 20

    init(_ archive: TransactionArchive, draft: StoredDraft) throws {
        self.archive = archive
        let folder = "targets/\(draft.project.normalized)/"
        let pages = [folder + "index.html": draft.draft.html, folder + "index.json": draft.draft.json]
        var metadata: TransactionArchive.Entry?
        var distributions: [(TransactionArchive.Entry, FileFacts)] = []
        for entry in archive.entries {
            if entry.name == "metadata/\(draft.role).json" {
                metadata = entry
            } else if let page = pages[entry.name] {
                guard try archive.content(of: entry, limit: page.count) == page else {
                    throw TransactionRefusal(
                        .page, role: draft.role, value: entry.name,
                        "The page is not the one that the index renders.")
                }
            } else if let facts = draft.changes.add.first(where: { folder + $0.filename == entry.name }) {
                guard entry.size == facts.size else {
                    throw TransactionRefusal(
                        .targets, role: draft.role, value: facts.filename,
                        "'\(facts.filename)' has \(entry.size) bytes, the draft says \(facts.size).")
                }
                distributions.append((entry, facts))
            } else {
                throw TransactionRefusal(
                    .path, role: draft.role, value: entry.name, "The draft names no such file.")
            }
        }
        guard let metadata else {
            throw TransactionRefusal(
                .targets, role: draft.role, value: "metadata/\(draft.role).json",
                "The signed metadata is missing.")
        }
        self.metadata = metadata
        self.distributions = distributions
    }

    /// The signatures of metadata that says what the draft says.
    ///
    /// - Throws: the check that tells the two apart.
    func signatures(over draft: StoredDraft) throws -> [Signature] {
        guard let bytes = try archive.content(of: metadata, limit: Self.maxMetadataBytes) else {
            throw TransactionRefusal(
                .targets, role: draft.role, value: metadata.name, "The metadata is too large.")
        }
        let envelope: Envelope<Targets>
        do {
            envelope = try Envelope<Targets>(parsing: bytes)
        } catch {
            throw TransactionRefusal(.targets, role: draft.role, "The metadata cannot be read: \(error).")
        }
        let expected = draft.draft.targets
        guard envelope.payload.version == expected.version else {
            throw TransactionRefusal(
                .version, role: draft.role, value: "\(envelope.payload.version)",
                "The draft is version \(expected.version).")
        }
        guard envelope.payload.expires == expected.expires else {
            throw TransactionRefusal(
                .expired, role: draft.role, value: envelope.payload.expires.description,
                "The draft expires \(expected.expires).")
        }
        // Names the check that fails, before the comparison that would catch everything.
        _ = try ProjectDraft(
            project: draft.project, targets: envelope.payload, html: draft.draft.html, json: draft.draft.json)
        guard envelope.signedBytes == draft.draft.signedBytes else {
            throw TransactionRefusal(
                .maintainers, role: draft.role, "The metadata names other maintainers than the draft.")
        }
        return envelope.signatures
    }
}

extension Warehouse {
    /// Takes one distribution out of an archive through every check of an upload into the blob store.
    fileprivate func take(
        _ distribution: (entry: TransactionArchive.Entry, facts: FileFacts), _ archive: TransactionArchive,
        _ draft: StoredDraft, _ rules: UploadRules
    ) throws -> StoredDistribution {
        let (entry, facts) = distribution
        let writer = try blobs.makeUpload()
        defer { writer.discard() }
        var failure: (any Error)?
        try archive.stream(entry) { bytes in
            guard failure == nil else { return }
            do { try writer.append(Array(bytes)) } catch { failure = error }
        }
        if let failure { throw failure }
        let written = try writer.finish()
        guard written.digests.sha256Hex == facts.sha256Hex, written.digests.blake2Hex == facts.blake2Hex,
            written.digests.md5Hex == facts.md5Hex
        else {
            throw TransactionRefusal(
                .targets, role: draft.role, value: facts.filename,
                "'\(facts.filename)' is not the file that the draft describes.")
        }
        let parsed = try DistributionFilename(facts.filename)
        let name = try DistributionFilename(
            checking: facts.filename, as: parsed.fileType, project: draft.project, version: facts.version,
            policy: rules.policy)
        let candidate = Candidate(project: draft.project, name: name, written: written)
        return try inspectAndStore(candidate, in: writer, rules: rules)
    }
}
