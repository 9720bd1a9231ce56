import CanonicalJSON
import Packaging
import Postgres
import TUF
import TUFRepository

/// A draft that has its signatures: what a claimed project says from the next snapshot on.
struct SubmittedDraft {
    let id: Int
    let projectID: Int
    /// The project's last journal serial.
    let serial: Int
    let draft: ProjectDraft
    let signed: SignedRole
}

/// Publishes the signed drafts among pending transactions (PEP 480, "Snapshot Process").
///
/// The signatures were checked when they came in. The walk over the finished snapshot checks them again, against
/// the delegation that clients will see.
struct SubmittedDrafts {
    let connection: Connection

    func load(_ transactions: [Int]) throws -> [SubmittedDraft] {
        let rows = try connection.query(
            """
            SELECT draft.id, draft.project_id, project.normalized_name, project.last_serial,
                   draft.metadata, draft.html, draft.json,
                   ARRAY(SELECT key_id FROM draft_signature WHERE draft_id = draft.id ORDER BY key_id) AS key_ids,
                   ARRAY(SELECT signature FROM draft_signature WHERE draft_id = draft.id ORDER BY key_id)
                       AS signatures
            FROM draft JOIN project ON project.id = draft.project_id
            WHERE draft.transaction_id = ANY(\(transactions)) ORDER BY draft.transaction_id
            """)
        return try rows.map { row in
            let name = try ProjectName(row.get("normalized_name", as: String.self))
            let draft = try ProjectDraft(
                project: name, signed: row.get("metadata"), html: row.get("html"), json: row.get("json"))
            let keyIDs: [String] = try row.get("key_ids")
            let signatures: [[UInt8]] = try row.get("signatures")
            var envelope = Envelope(unsigned: draft.targets)
            for (keyID, bytes) in zip(keyIDs, signatures) {
                envelope = envelope.adding(Signature(keyID: try KeyID(keyID), bytes: bytes))
            }
            return SubmittedDraft(
                id: try row.get("id"), projectID: try row.get("project_id"),
                serial: try row.get("last_serial"), draft: draft,
                signed: SignedRole(
                    name: try ProjectRole.name(of: name), version: draft.targets.version,
                    expires: draft.targets.expires, bytes: envelope.encoded()))
        }
    }

    /// Takes drafts out of the queue whose metadata has expired since it was signed: no client would accept it, so it
    /// would keep everything behind it from being published.
    func giveUp(_ expired: [SubmittedDraft]) throws {
        for one in expired {
            let row = try connection.one(
                "SELECT transaction_id FROM draft WHERE id = \(one.id) AND state = 'submitted' FOR UPDATE")
            guard let transaction = try row?.get("transaction_id", as: Int.self) else { continue }
            try connection.execute(
                "UPDATE draft SET state = 'staged', transaction_id = NULL WHERE id = \(one.id)")
            for table in ["journal", "transaction_change"] as [StaticString] {
                try connection.execute("DELETE FROM \(raw: table) WHERE transaction_id = \(transaction)")
            }
            try connection.execute("DELETE FROM project_transaction WHERE id = \(transaction)")
            try Warehouse.remove(
                draft: one.id, of: one.draft.project,
                because: "its metadata expired before it could be published", connection)
        }
    }

    func publish(_ submitted: [SubmittedDraft], into batch: inout AppliedBatch) throws {
        for one in submitted {
            try setYanked(one)
            batch.adopted.append(
                AdoptedRole(signed: one.signed, delegator: try delegator(of: one, &batch)))
        }
        try connection.execute(
            "UPDATE draft SET state = 'published' WHERE id = ANY(\(submitted.map(\.id)))")
    }

    /// Who delegates to the project once this draft is public; the project leaves its bins where it is new there.
    private func delegator(of one: SubmittedDraft, _ batch: inout AppliedBatch) throws -> RoleName {
        let maintainers = JSONValue.object(one.draft.maintainers.json).canonicalBytes()
        let claim = try connection.one(
            "SELECT delegator, maintainers FROM claim WHERE project_id = \(one.projectID)")
        guard let claim else {
            try connection.execute(
                """
                INSERT INTO claim (project_id, delegator, maintainers)
                VALUES (\(one.projectID), \(RoleName.recentlyClaimed.text), \(maintainers))
                """)
            batch.changesRecentlyClaimed = true
            batch.removed += try leaveBins(one)
            return .recentlyClaimed
        }
        let delegator = try RoleName(claim.get("delegator", as: String.self))
        let isChanged = try claim.get("maintainers", as: [UInt8].self) != maintainers
        if delegator == .recentlyClaimed {
            if isChanged {
                try connection.execute(
                    "UPDATE claim SET maintainers = \(maintainers) WHERE project_id = \(one.projectID)")
                batch.changesRecentlyClaimed = true
            }
        } else {
            let wanted = isChanged ? maintainers : nil
            try connection.execute(
                "UPDATE claim SET wanted = \(wanted) WHERE project_id = \(one.projectID)")
        }
        return delegator
    }

    private func leaveBins(_ one: SubmittedDraft) throws -> [TargetRow] {
        let name = one.draft.project.normalized
        let files = try connection.query("SELECT filename FROM file WHERE project_id = \(one.projectID)")
        let paths =
            try files.map { try name + "/" + $0.get("filename", as: String.self) }
            + PageFormat.allCases.map { "\(name)/\($0.targetName)" }
        return try connection.query(
            "DELETE FROM target WHERE path = ANY(\(paths)) RETURNING path, role, length, sha256"
        ).map(TargetRow.init)
    }

    private func setYanked(_ one: SubmittedDraft) throws {
        for file in one.draft.page.files {
            let reason: String? =
                switch file.yanked {
                case .no: nil
                case .yes(let reason): reason ?? ""
                }
            try connection.execute(
                """
                UPDATE file SET yanked_reason = \(reason)
                WHERE filename = \(file.filename) AND project_id = \(one.projectID)
                  AND yanked_reason IS DISTINCT FROM \(reason)
                """)
        }
    }
}
