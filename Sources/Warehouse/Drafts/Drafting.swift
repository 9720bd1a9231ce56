import CanonicalJSON
package import Packaging
import Postgres
package import TUF
package import TUFRepository

extension Warehouse {
    /// Drafts the next version of a project's metadata.
    ///
    /// A project that does not exist yet is made, and claimed with its first files.
    ///
    /// - Throws: ``TransactionRefusal``: `.permission`, `.draft`, `.maintainers`, `.live` where a draft of the project
    ///   is live already.
    package func openDraft(
        _ changes: ProjectChanges, of project: ProjectName, by identity: Identity, rules: ClaimRules,
        now: MetadataTime
    ) async throws -> StoredDraft {
        try await database.transaction { connection in
            if try LockedProject(named: project.normalized, connection) == nil {
                try Self.create(project, for: changes, by: identity, connection)
            }
            guard let locked = try LockedProject(named: project.normalized, connection) else {
                throw WarehouseError.rowMissing
            }
            try locked.authorize(identity)
            try locked.refuseClosed()
            try locked.refuseOtherMaintainers(changes)
            try locked.refusePendingUploads(connection)
            try Self.refuseLiveDraft(of: locked, now: now, connection)
            try Self.refuseTaken(changes.add, connection)
            if locked.inForce == nil, let authority = changes.authority {
                let maintainers = try Self.maintainers(of: authority, connection)
                guard maintainers.accounts.contains(identity.account) else {
                    throw TransactionRefusal(
                        .maintainers, value: identity.account,
                        "Who claims a project is one of its maintainers.")
                }
            }
            let id = try Self.store(
                changes, of: locked, by: identity, draftedAt: now, rules: rules, connection)
            return try Self.storedDraft(id, rules, connection)
        }
    }

    /// What the project's next version is after these changes.
    static func derive(
        _ changes: ProjectChanges, of project: LockedProject, draftedAt: MetadataTime, rules: ClaimRules,
        _ connection: Connection
    ) throws -> ProjectDraft {
        let maintainers: Maintainers
        if let authority = changes.authority {
            maintainers = try Self.maintainers(of: authority, connection)
        } else if let current = project.wanted ?? project.inForce {
            maintainers = current
        } else {
            throw TransactionRefusal(
                .draft, value: project.name.display,
                "The project is not claimed: `seal claim \(project.name.normalized)` does that first.")
        }
        let files = try ProjectDraft.files(
            project.publishedFiles(connection), applying: changes,
            uploadTime: draftedAt.secondsSinceEpoch * 1_000_000)
        return try ProjectDraft(
            project: project.name, version: project.publishedVersion + 1,
            expires: draftedAt.advanced(bySeconds: Int(rules.metadataLifetime.components.seconds)),
            maintainers: maintainers, files: files)
    }

    static func store(
        _ changes: ProjectChanges, of project: LockedProject, by identity: Identity, draftedAt: MetadataTime,
        rules: ClaimRules, _ connection: Connection
    ) throws -> Int {
        let draft = try derive(changes, of: project, draftedAt: draftedAt, rules: rules, connection)
        let expires = draftedAt.advanced(bySeconds: Int(rules.draftLifetime.components.seconds))
        let state: DraftState = changes.add.isEmpty ? .staged : .open
        let id: Int = try connection.single(
            """
            INSERT INTO draft (project_id, account_id, state, changes, metadata, html, json, drafted_at, expires_at)
            VALUES (\(project.id), \(identity.accountID), \(state.rawValue),
                    \(JSONValue.object(changes.json).canonicalBytes()), \(draft.signedBytes), \(draft.html),
                    \(draft.json), to_timestamp(\(draftedAt.secondsSinceEpoch)),
                    to_timestamp(\(expires.secondsSinceEpoch)))
            RETURNING id
            """)
        try log(
            .draftOpened,
            [
                "project": .string(project.name.normalized), "draft": .integer(id),
                "account": .string(identity.account), "changes": .object(changes.json),
                "maintainers": .object(draft.maintainers.json), "version": .integer(draft.targets.version),
                "signed_sha256": .string(Digest.sha256Hex(draft.signedBytes)),
            ], connection)
        return id
    }

    static func storedDraft(_ id: Int, _ rules: ClaimRules, _ connection: Connection) throws -> StoredDraft {
        let found = try StoredDraft.load("draft.id = \(id)", counting: rules.counting, connection).first
        guard let found else {
            throw TransactionRefusal(.notFound, value: "\(id)", "There is no draft \(id).")
        }
        return found
    }

    private static func create(
        _ project: ProjectName, for changes: ProjectChanges, by identity: Identity, _ connection: Connection
    ) throws {
        guard changes.authority != nil, !changes.add.isEmpty else {
            throw TransactionRefusal(
                .notFound, value: project.display,
                "There is no project '\(project.display)'; a new one is claimed with its first files.")
        }
        try connection.execute(
            """
            INSERT INTO project (name, normalized_name, ultranormalized_name)
            VALUES (\(project.display), \(project.normalized), \(project.ultranormalized)) ON CONFLICT DO NOTHING
            """)
        let row = try connection.one("SELECT id FROM project WHERE normalized_name = \(project.normalized)")
        guard let row else {
            throw TransactionRefusal(
                .draft, value: project.display,
                "The name '\(project.display)' is too similar to an existing project. Choose another name.")
        }
        try connection.execute(
            """
            INSERT INTO project_owner (project_id, account_id)
            SELECT \(row.get("id", as: Int.self)), \(identity.accountID)
            WHERE NOT EXISTS (SELECT FROM project_owner WHERE project_id = \(row.get("id", as: Int.self)))
            """)
    }

    private static func refuseLiveDraft(
        of project: LockedProject, now: MetadataTime, _ connection: Connection
    ) throws {
        let live = try connection.one(
            """
            SELECT id, transaction_id IS NULL AND expires_at <= to_timestamp(\(now.secondsSinceEpoch)) AS is_over
            FROM draft WHERE project_id = \(project.id) AND state <> 'published'
            """)
        guard let live else { return }
        let id: Int = try live.get("id")
        guard try live.get("is_over") else {
            throw TransactionRefusal(
                .live, value: "\(id)",
                "Draft \(id) of '\(project.name.display)' waits: add your signature with "
                    + "`seal cosign \(project.name.normalized)`, or drop it with `seal drop \(project.name.normalized)`."
            )
        }
        try remove(draft: id, of: project.name, because: "it waited too long", connection)
    }

    private static func refuseTaken(_ files: [FileFacts], _ connection: Connection) throws {
        let row = try connection.one(
            """
            SELECT filename FROM file
            WHERE filename = ANY(\(files.map(\.filename))) OR blake2b_256 = ANY(\(files.compactMap { Hex.decode($0.blake2Hex) }))
            UNION ALL SELECT filename FROM removed_file WHERE filename = ANY(\(files.map(\.filename))) LIMIT 1
            """)
        guard let row else { return }
        let filename: String = try row.get("filename")
        throw TransactionRefusal(
            .draft, value: filename,
            "'\(filename)' is or was there already; use a new version or build number.")
    }
}
