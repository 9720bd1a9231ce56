import CanonicalJSON
import Postgres
package import TUF
package import TUFRepository

/// The way of a new `claimed` out of the index and, signed, back.
extension Warehouse {
    /// Drafts the next `claimed`: every project that waits for it moves there.
    ///
    /// Until the draft is imported or dropped, the maintainers of these projects stay as they are.
    ///
    /// - Parameters:
    ///   - expires: of the new metadata.
    ///   - shardSize: how many projects a role may have.
    /// - Throws: ``TransactionRefusal`` `.live` while another draft is out.
    package func draftClaims(expires: MetadataTime, shardSize: Int) async throws -> ClaimsDraft {
        try await database.transaction { connection in
            if let live = try Self.liveOfflineDraft(connection) {
                throw TransactionRefusal(
                    .live, value: "\(live.id)",
                    "A draft is out since \(live.draftedAt): import it signed, or `bonded admin claims drop` it."
                )
            }
            let rows = try connection.query(
                """
                SELECT project.id, project.normalized_name, metadata.bytes
                FROM claim JOIN project ON project.id = claim.project_id
                     JOIN metadata ON metadata.role = 'project-' || project.normalized_name
                                  AND metadata.superseded_at IS NULL
                WHERE (claim.delegator = \(RoleName.recentlyClaimed.text) OR claim.wanted IS NOT NULL)
                  AND NOT EXISTS (SELECT FROM draft WHERE draft.project_id = project.id AND state = 'submitted')
                FOR UPDATE OF project
                """)
            var evidence: [String: Envelope<Targets>] = [:]
            for row in rows {
                evidence[try row.get("normalized_name")] = try Envelope(parsing: row.get("bytes"))
            }
            let draft = try Self.claimsDraft(evidence, expires, shardSize, connection)
            let id: Int = try connection.single(
                "INSERT INTO offline_draft (state, document) VALUES ('drafted', \(draft.encoded())) RETURNING id"
            )
            let projects = try rows.map { try $0.get("id", as: Int.self) }
            try connection.execute(
                "UPDATE claim SET offline_draft_id = \(id) WHERE project_id = ANY(\(projects))")
            try Self.log(.claimsDrafted, Self.description(of: draft, id), connection)
            return draft
        }
    }

    /// Takes a draft back with signatures. Once there are enough it is published with the next snapshot.
    ///
    /// - Parameter offered: as it came; only the signatures in it are used, and looked up in the draft that is out.
    /// - Returns: the draft with all signatures so far; whether it will be published.
    /// - Throws: ``TransactionRefusal``: `.notFound` where no draft is out, `.version` for another draft,
    ///   `.signature` without any new valid signature, `.expired`.
    package func importClaims(
        _ offered: ClaimsDraft, now: MetadataTime
    ) async throws -> (draft: ClaimsDraft, isSubmitted: Bool) {
        try await database.transaction { connection in
            guard let live = try Self.liveOfflineDraft(connection), live.state == "drafted" else {
                throw TransactionRefusal(
                    .notFound, "No draft is out: `bonded admin claims draft` makes one.")
            }
            let stored = try ClaimsDraft(parsing: live.document)
            guard stored.roles == offered.roles else {
                throw TransactionRefusal(
                    .version, role: "claimed", "This is another draft than the one that is out.")
            }
            let draft = stored.adding(offered.signatures)
            guard draft.signers.count > stored.signers.count else {
                throw TransactionRefusal(
                    .signature, role: "claimed", "No holder of a key of 'claimed' has signed this file.")
            }
            let isSubmitted = draft.signers.count >= draft.authority?.threshold ?? Int.max
            if isSubmitted { _ = try draft.signedRoles(now: now) }
            let state = isSubmitted ? "submitted" : "drafted"
            try connection.execute(
                """
                UPDATE offline_draft SET state = \(state), document = \(draft.encoded()) WHERE id = \(live.id)
                """)
            var body = Self.description(of: draft, live.id)
            body["keyids"] = .array(draft.signers.map { .string($0.hex) })
            try Self.log(.claimsSigned, body, connection)
            try connection.notify(Channel.pending, payload: "")
            return (draft, isSubmitted)
        }
    }

    /// Gives up the draft that is out.
    ///
    /// - Throws: ``TransactionRefusal`` `.notFound`.
    package func dropClaims() async throws {
        try await database.transaction { connection in
            guard let live = try Self.liveOfflineDraft(connection), live.state == "drafted" else {
                throw TransactionRefusal(.notFound, "No draft is out.")
            }
            try connection.execute("DELETE FROM offline_draft WHERE id = \(live.id)")
            try Self.log(.claimsDropped, ["offline_draft": .integer(live.id)], connection)
        }
    }

    /// The snapshot that carries the newest draft; nil while it has none.
    package func publishedClaims() async throws -> Int? {
        try await database.read { connection in
            try connection.one("SELECT snapshot_version FROM offline_draft ORDER BY id DESC LIMIT 1")?
                .get("snapshot_version")
        }
    }

    private struct LiveOfflineDraft {
        let id: Int
        let state: String
        let document: [UInt8]
        let draftedAt: MetadataTime
    }

    private static func liveOfflineDraft(_ connection: Connection) throws -> LiveOfflineDraft? {
        try connection.one(
            """
            SELECT id, state, document, extract(epoch FROM drafted_at)::bigint AS drafted_at
            FROM offline_draft WHERE state <> 'published' FOR UPDATE
            """
        ).map { row in
            LiveOfflineDraft(
                id: try row.get("id"), state: try row.get("state"), document: try row.get("document"),
                draftedAt: MetadataTime(secondsSinceEpoch: try row.get("drafted_at")))
        }
    }

    private static func claimsDraft(
        _ evidence: [String: Envelope<Targets>], _ expires: MetadataTime, _ shardSize: Int,
        _ connection: Connection
    ) throws -> ClaimsDraft {
        let roots = try connection.query("SELECT bytes FROM metadata WHERE role = 'root' ORDER BY version")
            .map { try $0.get("bytes", as: [UInt8].self) }
        var published: [RoleName: Envelope<Targets>] = [:]
        for row in try connection.query(
            """
            SELECT role, bytes FROM metadata
            WHERE superseded_at IS NULL AND (role = 'targets' OR role = 'claimed' OR role LIKE 'claimed-%')
            """)
        {
            published[try RoleName(row.get("role", as: String.self))] = try Envelope(
                parsing: row.get("bytes"))
        }
        guard let targets = published.removeValue(forKey: .targets) else {
            throw WarehouseError.metadataMissing(role: "targets")
        }
        return try ClaimsDraft(
            roots: roots, targets: targets, published: published, evidence: evidence, expires: expires,
            shardSize: shardSize)
    }

    private static func description(of draft: ClaimsDraft, _ id: Int) -> JSONObject {
        let roles = draft.roles.map { role, envelope in
            (
                role.text,
                JSONValue.object([
                    "version": .integer(envelope.payload.version),
                    "signed_sha256": .string(Digest.sha256Hex(envelope.signedBytes)),
                ])
            )
        }
        return [
            "offline_draft": .integer(id), "roles": .object(JSONObject(roles)),
            "projects": .array(draft.evidence.keys.sorted().map { .string($0) }),
        ]
    }
}
