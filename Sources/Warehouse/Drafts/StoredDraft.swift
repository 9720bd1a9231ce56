import CanonicalJSON
package import Packaging
import Postgres
package import TUF
package import TUFRepository

/// How far a draft has come.
package enum DraftState: String, Sendable {
    /// Files are missing.
    case open
    /// All files are here, signatures are missing.
    case staged
    /// Waits for its snapshot.
    case submitted
    case published
}

/// A draft as the index keeps it.
package struct StoredDraft: Sendable {
    package struct Signed: Sendable {
        package let signature: Signature
        package let account: String
    }

    package let id: Int
    let projectID: Int
    package let state: DraftState
    /// Who asked for it.
    package let account: String
    package let draft: ProjectDraft
    package let changes: ProjectChanges
    package let draftedAt: MetadataTime
    package let expiresAt: MetadataTime
    package let signatures: [Signed]
    /// Files that were announced and have not come yet.
    package let missingFiles: [String]
    /// Who may sign for the published version; nil where this draft claims the project.
    package let inForce: Maintainers?
    package let standing: Standing
    package let transaction: Int?
    package let snapshot: Int?

    package var project: ProjectName { draft.project }
}

extension StoredDraft {
    static func load(
        _ condition: SQL, counting: Maintainers.Counting, _ connection: Connection
    ) throws -> [StoredDraft] {
        try connection.query(
            """
            SELECT draft.id, draft.project_id, draft.state, account.name AS account, project.name AS project, draft.changes,
                   draft.metadata, draft.html, draft.json, extract(epoch FROM drafted_at)::bigint AS drafted,
                   extract(epoch FROM draft.expires_at)::bigint AS expires, draft.transaction_id,
                   submitted.snapshot_version, claim.maintainers,
                   ARRAY(SELECT filename FROM file WHERE file.project_id = project.id) AS filenames
            FROM draft JOIN project ON project.id = draft.project_id
                       JOIN account ON account.id = draft.account_id
                       LEFT JOIN claim ON claim.project_id = project.id
                       LEFT JOIN project_transaction AS submitted ON submitted.id = draft.transaction_id
            WHERE \(condition) ORDER BY draft.id
            """
        ).map { try StoredDraft($0, counting: counting, connection) }
    }

    private init(_ row: Row, counting: Maintainers.Counting, _ connection: Connection) throws {
        let project = try ProjectName(row.get("project", as: String.self))
        draft = try ProjectDraft(
            project: project, signed: row.get("metadata"), html: row.get("html"), json: row.get("json"))
        id = try row.get("id")
        projectID = try row.get("project_id")
        state = DraftState(rawValue: try row.get("state")) ?? .open
        account = try row.get("account")
        changes = try ProjectChanges(json: JSONValue(parsing: row.get("changes", as: [UInt8].self)))
        draftedAt = MetadataTime(secondsSinceEpoch: try row.get("drafted"))
        expiresAt = MetadataTime(secondsSinceEpoch: try row.get("expires"))
        transaction = try row.get("transaction_id")
        snapshot = try row.get("snapshot_version")
        let present = try Set(row.get("filenames", as: [String].self))
        missingFiles = changes.add.map(\.filename).filter { !present.contains($0) }
        signatures = try connection.query(
            "SELECT key_id, signature, account FROM draft_signature WHERE draft_id = \(id) ORDER BY signed_at, key_id"
        ).map { signed in
            Signed(
                signature: Signature(
                    keyID: try KeyID(signed.get("key_id", as: String.self)),
                    bytes: try signed.get("signature")),
                account: try signed.get("account"))
        }
        inForce = try row.get("maintainers", as: [UInt8]?.self).map {
            try Maintainers(json: JSONValue(parsing: $0))
        }
        standing = TransactionCheck.standing(
            of: signatures.map(\.signature), draft: draft, inForce: inForce, counting: counting)
    }
}

extension Warehouse {
    /// A draft, for who maintains its project.
    ///
    /// - Returns: nil also for a draft that is none of the account's business.
    package func draft(_ id: Int, for identity: Identity, rules: ClaimRules) async throws -> StoredDraft? {
        try await drafts(for: identity, where: "draft.id = \(id)", rules: rules).first
    }

    /// The drafts that wait for signatures, of every project that the account maintains.
    package func drafts(for identity: Identity, rules: ClaimRules) async throws -> [StoredDraft] {
        try await drafts(for: identity, where: "draft.transaction_id IS NULL", rules: rules)
    }

    private func drafts(
        for identity: Identity, where condition: SQL, rules: ClaimRules
    ) async throws -> [StoredDraft] {
        try await database.read { connection in
            let owned = try Set(
                connection.query(
                    "SELECT project_id FROM project_owner WHERE account_id = \(identity.accountID)"
                )
                .map { try $0.get("project_id", as: Int.self) })
            return try StoredDraft.load(
                """
                (\(condition)) AND (draft.project_id = ANY(\(owned.sorted()))
                    OR position(\(identity.mention) IN draft.metadata) > 0
                    OR position(\(identity.mention) IN claim.maintainers) > 0)
                """, counting: rules.counting, connection
            ).filter { draft in
                owned.contains(draft.projectID) || draft.draft.maintainers.accounts.contains(identity.account)
                    || draft.inForce?.accounts.contains(identity.account) == true
            }
        }
    }
}
