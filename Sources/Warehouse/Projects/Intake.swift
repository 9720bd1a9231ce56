package import Blobs
package import Packaging
import Postgres
import TUF
import TUFRepository

/// A distribution on its way in: written to the store's private folder, not yet looked at.
package struct Candidate: Sendable {
    /// As the uploader spells it.
    package let project: ProjectName
    package let name: DistributionFilename
    package let written: BlobWriter.Written

    package init(project: ProjectName, name: DistributionFilename, written: BlobWriter.Written) {
        self.project = project
        self.name = name
        self.written = written
    }

    var filename: String { name.text }
    var version: Version { name.version }
    var fileType: FileType { name.fileType }
}

/// A distribution that was inspected and lies in the blob store under its final name. Nothing knows of it yet.
package struct StoredDistribution: Sendable {
    let candidate: Candidate
    /// As the file's own metadata spells it.
    let project: ProjectName
    let requiresPython: String?
    let metadataSHA256: [UInt8]?
}

extension StoredDistribution {
    /// What a draft says of this file.
    var facts: FileFacts {
        let digests = candidate.written.digests
        return FileFacts(
            filename: candidate.filename, version: candidate.version, size: candidate.written.size,
            sha256Hex: digests.sha256Hex, blake2Hex: digests.blake2Hex, md5Hex: digests.md5Hex,
            requiresPython: requiresPython, metadataSHA256Hex: metadataSHA256.map { Hex.encode($0) })
    }
}

/// What became of an upload that was not refused.
package enum UploadReceipt: Hashable, Sendable {
    /// Recorded by this transaction; it becomes public with a snapshot.
    case recorded(transaction: Int)
    /// The same bytes were there already, brought by this transaction.
    case alreadyThere(transaction: Int)

    package var transaction: Int {
        switch self {
        case .recorded(let transaction), .alreadyThere(let transaction): transaction
        }
    }
}

/// The way of a distribution into the index, in the order in which Warehouse checks it. `bonded serve` and
/// `bonded import` share it.
extension Warehouse {
    /// May this account add files to the project, or create it?
    ///
    /// - Throws: ``UploadRefusal``.
    package func authorizeUpload(to project: ProjectName, by identity: Identity) async throws {
        try await database.read { connection in
            try Self.authorize(project, by: identity, connection)
        }
    }

    /// Is there room for the file, and is it there already?
    ///
    /// - Returns: the receipt if the very same file is there; nil if it is new.
    /// - Throws: ``UploadRefusal``.
    package func admit(_ candidate: Candidate, rules: UploadRules) async throws -> UploadReceipt? {
        try check(size: candidate, rules: rules)
        return try await database.read { try Self.findExisting(candidate, $0) }
    }

    /// - Throws: ``UploadRefusal``.
    package func check(size candidate: Candidate, rules: UploadRules) throws(UploadRefusal) {
        guard candidate.written.size <= rules.maxFileSize else {
            throw UploadRefusal.tooLarge(project: candidate.project.display, limit: rules.maxFileSize)
        }
    }

    /// Moves an admitted distribution to its final place, its core metadata beside it. Blocks on the disk.
    ///
    /// - Throws: ``UploadRefusal``, `BlobError`.
    package func store(
        _ candidate: Candidate, in writer: BlobWriter, inspected: InspectedDistribution
    ) throws -> StoredDistribution {
        let name = try BlobName(blake2Hex: candidate.written.digests.blake2Hex, filename: candidate.filename)
        var metadataSHA256: [UInt8]?
        if candidate.fileType == .wheel {
            _ = try blobs.putMetadata(inspected.metadata, beside: name)
            metadataSHA256 = Digest.sha256(inspected.metadata)
        }
        try writer.commit(as: name)
        return StoredDistribution(
            candidate: candidate, project: inspected.coreMetadata.name,
            requiresPython: inspected.coreMetadata.requiresPythonText,
            metadataSHA256: metadataSHA256)
    }

    /// Records a stored distribution: the file, its journal entries and the pending project transaction, or nothing.
    ///
    /// - Throws: ``UploadRefusal``, also where another upload of the same name was faster.
    package func record(_ distribution: StoredDistribution, by identity: Identity) async throws
        -> UploadReceipt
    {
        let candidate = distribution.candidate
        do {
            let transaction = try await database.transaction { connection in
                try Self.insert(distribution, by: identity, connection)
            }
            return .recorded(transaction: transaction)
        } catch let error as PostgresError where error.isUniqueViolation {
            if error.constraint == "file_one_sdist_per_release" { throw UploadRefusal.secondSdist }
            guard let receipt = try await database.read({ try Self.findExisting(candidate, $0) }) else {
                throw error
            }
            return receipt
        }
    }

    // MARK: the steps inside a transaction

    private static func authorize(
        _ project: ProjectName, by identity: Identity, _ connection: Connection
    ) throws {
        let row = try connection.one(
            """
            SELECT EXISTS (
                SELECT FROM project_owner WHERE project_id = project.id AND account_id = \(identity.accountID)
            ) OR EXISTS (
                SELECT FROM claim WHERE project_id = project.id AND position(\(identity.mention) IN maintainers) > 0
            ) AS owns, status
            FROM project WHERE normalized_name = \(project.normalized)
            """)
        guard let row else {
            let similar = try connection.one(
                "SELECT 1 AS found FROM project WHERE ultranormalized_name = \(project.ultranormalized)")
            if similar != nil { throw UploadRefusal.tooSimilar(project.display) }
            return
        }
        guard try row.get("owns") || identity.scope == .admin else {
            throw UploadRefusal.notAllowed(account: identity.account, project: project.display)
        }
        if let status = try ProjectStatus(rawValue: row.get("status")), status != .active {
            throw UploadRefusal.closed(project: project.display, status)
        }
    }

    private static func findExisting(
        _ candidate: Candidate, _ connection: Connection
    ) throws -> UploadReceipt? {
        let blake2b = candidate.written.digests.blake2Hex
        let digest = Hex.decode(blake2b) ?? []
        let existing = try connection.query(
            """
            SELECT file.filename, file.blake2b_256, change.transaction_id
            FROM file LEFT JOIN transaction_change AS change
              ON change.filename = file.filename AND change.action = 'add'
            WHERE file.filename = \(candidate.filename) OR file.blake2b_256 = \(digest)
            """)
        for row in existing {
            let filename: String = try row.get("filename")
            let known = Hex.encode(try row.get("blake2b_256", as: [UInt8].self))
            guard filename == candidate.filename, known == blake2b else {
                throw UploadRefusal.exists(filename, blake2b: known)
            }
            // Without a transaction it waits for signatures, and staging it again changes nothing.
            return try row.get("transaction_id", as: Int?.self).map { .alreadyThere(transaction: $0) }
        }
        try refuseRemoved(candidate.filename, connection)
        guard candidate.fileType == .sdist else { return nil }
        let sdist = try connection.one(
            """
            SELECT 1 AS found
            FROM file JOIN release ON release.id = file.release_id JOIN project ON project.id = file.project_id
            WHERE project.normalized_name = \(candidate.project.normalized)
              AND release.canonical_version = \(candidate.version.canonical) AND file.filetype = 'sdist'
            """)
        if sdist != nil { throw UploadRefusal.secondSdist }
        return nil
    }

    private static func refuseRemoved(_ filename: String, _ connection: Connection) throws {
        let removed = try connection.one(
            "SELECT 1 AS found FROM removed_file WHERE filename = \(filename)")
        if removed != nil { throw UploadRefusal.previouslyRemoved }
    }

    private static func insert(
        _ distribution: StoredDistribution, by identity: Identity, _ connection: Connection
    ) throws -> Int {
        let (candidate, project) = (distribution.candidate, distribution.project)
        var entries: [String] = []

        // Both names are unique. Who makes either at this moment is waited for, and then asked about.
        let isNewProject =
            try connection.execute(
                """
                INSERT INTO project (name, normalized_name, ultranormalized_name)
                VALUES (\(project.display), \(project.normalized), \(project.ultranormalized))
                ON CONFLICT DO NOTHING
                """) == 1
        if !isNewProject { try authorize(project, by: identity, connection) }
        // Whoever signs for the project has it to himself until he is done; then this sees what he did.
        let projectID: Int = try connection.single(
            "SELECT id FROM project WHERE normalized_name = \(project.normalized) FOR KEY SHARE")
        try refuseClaimed(projectID, connection)
        if isNewProject {
            try connection.execute(
                """
                INSERT INTO project_owner (project_id, account_id) VALUES (\(projectID), \(identity.accountID))
                """)
            entries.append("create")
        }

        let isNewRelease = try insertFile(
            distribution, into: projectID, by: identity, uploadedAt: nil, connection)
        if isNewRelease { entries.append("new release") }
        entries.append("add \(candidate.pythonVersion) file \(candidate.filename)")

        return try submit(
            project: projectID, named: project, version: candidate.version.description, entries: entries,
            changes: [
                FileChange(
                    filename: candidate.filename, action: .add, sha256Hex: candidate.written.digests.sha256Hex
                )
            ], by: identity, connection)
    }

    /// Records a file that no snapshot has published yet.
    ///
    /// - Parameter uploadedAt: as the project's page is to say; nil for now.
    /// - Returns: whether it is the first file of its release.
    static func insertFile(
        _ distribution: StoredDistribution, into projectID: Int, by identity: Identity,
        uploadedAt: MetadataTime?, _ connection: Connection
    ) throws -> Bool {
        let candidate = distribution.candidate
        let (version, canonical) = (candidate.version.description, candidate.version.canonical)
        let isNewRelease =
            try connection.execute(
                """
                INSERT INTO release (project_id, version, canonical_version)
                VALUES (\(projectID), \(version), \(canonical))
                ON CONFLICT (project_id, canonical_version) DO NOTHING
                """) == 1
        let releaseID: Int = try connection.single(
            "SELECT id FROM release WHERE project_id = \(projectID) AND canonical_version = \(canonical)")

        let digests = candidate.written.digests
        try connection.execute(
            """
            INSERT INTO file (project_id, release_id, filename, filetype, size, sha256, blake2b_256, md5,
                              metadata_sha256, requires_python, uploaded_by, uploaded_at)
            VALUES (\(projectID), \(releaseID), \(candidate.filename), \(candidate.fileType.rawValue),
                    \(candidate.written.size), \(Hex.decode(digests.sha256Hex)), \(Hex.decode(digests.blake2Hex)),
                    \(Hex.decode(digests.md5Hex)), \(distribution.metadataSHA256),
                    \(distribution.requiresPython), \(identity.accountID),
                    coalesce(to_timestamp(\(uploadedAt?.secondsSinceEpoch)::bigint), now()))
            """)
        // After the insertion, which waits for a removal that is being published.
        try refuseRemoved(candidate.filename, connection)
        return isNewRelease
    }

    /// A claimed project changes with its maintainers' signatures only.
    static func refuseClaimed(_ projectID: Int, _ connection: Connection) throws {
        let claim = try connection.one(
            """
            SELECT FROM claim WHERE project_id = \(projectID)
            UNION ALL SELECT FROM draft WHERE project_id = \(projectID) AND state = 'submitted'
            """)
        if claim != nil { throw UploadRefusal.claimed }
    }
}

extension Candidate {
    /// As Warehouse's journal names it: the wheel's Python tag, or `source`.
    fileprivate var pythonVersion: String {
        switch name {
        case .wheel(let wheel): wheel.pythonTags.joined(separator: ".")
        case .sdist: "source"
        }
    }
}
