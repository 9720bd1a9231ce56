import CanonicalJSON
import Postgres
import Signing
import TUF
import TUFRepository

/// The recovery that is under way, and its next step.
struct LiveRecovery {
    let id: Int
    let stored: StoredPlan
    let bulletin: Int?
    let isRestored: Bool
    let halts: Bool

    /// - Returns: nil where none is under way.
    init?(loadedBy connection: Connection) throws {
        let row = try connection.one("SELECT * FROM recovery WHERE finished_at IS NULL FOR UPDATE")
        guard let row else { return nil }
        id = try row.get("id")
        stored = try StoredPlan(parsing: row.get("plan"))
        bulletin = try row.get("bulletin_id")
        isRestored = try row.get("restored_at", as: Postgres.Timestamp?.self) != nil
        halts = try row.get("halts")
    }

    /// Whether the snapshot process has to wait: what it would sign now is not restored yet, or it would sign it with
    /// keys that were stolen.
    static func holdsPublications(_ connection: Connection) throws -> Bool {
        let row = try connection.one(
            "SELECT plan, halts, restored_at IS NOT NULL AS is_restored FROM recovery WHERE finished_at IS NULL"
        )
        guard let row, try row.get("halts") else { return false }
        guard try row.get("is_restored") else { return true }
        if try connection.one("SELECT FROM offline_draft WHERE state = 'submitted'") != nil { return false }
        let stored = try StoredPlan(parsing: row.get("plan"))
        let root = try Envelope<Root>(parsing: PublicSnapshot(connection: connection).current(.root).bytes)
        return stored.changes(of: RoleName.topLevel, named: root.payload.roles, made: [:]) != nil
    }

    func advance(
        expires: MetadataTime, shardSize: Int, _ connection: Connection
    ) throws -> RecoveryStanding.Step {
        guard isRestored else { return .restoring }
        let online = OnlineRole.allCases.filter { stored.plan.replaced.contains($0.changed) }
        let successors = try Warehouse.succeedingKeys(connection).filter { online.contains($0.role) }
        var made: [RoleName: PublicKey] = [:]
        for key in successors { made[key.role.changed] = key.publicKey }
        guard made.count == online.count else { return .makingKeys }

        if let live = try LiveOfflineDraft(loadedBy: connection) {
            return live.state == "drafted" ? .signatures(try live.draft()) : .publishing
        }
        if let draft = try nextDraft(made, expires: expires, shardSize: shardSize, connection) {
            return .signatures(draft)
        }
        let pending: Int = try connection.single(
            "SELECT count(*) FROM project_transaction WHERE snapshot_version IS NULL")
        guard pending == 0, successors.allSatisfy(\.signs) else { return .signing }
        let repository = try StoredRepository(loadedBy: connection)
        for role in online {
            let names = role == .bins ? Array(repository.bins.roleNames) : [role.changed]
            let ids = made[role.changed].map { [$0.id] } ?? []
            guard try Warehouse.firstSigned(byNoneOf: ids, among: names, connection) == nil else {
                return .signing
            }
        }
        try finish(online, connection)
        return .finished
    }

    /// Root first: from then on whoever has the old keys of timestamp and snapshot can show clients nothing.
    private func nextDraft(
        _ made: [RoleName: PublicKey], expires: MetadataTime, shardSize: Int, _ connection: Connection
    ) throws -> (any OfflineDraft)? {
        let named = try StoredRepository(loadedBy: connection).namedByRole
        if let changes = stored.changes(of: RoleName.topLevel, named: named, made: made) {
            return try Warehouse.draftRoot(
                changes, expires: expires, atLeast: stored.atLeast, .immediate, connection)
        }
        let below = RecoveryPlan.roles.filter { !RoleName.topLevel.contains($0) }
        if let changes = stored.changes(of: below, named: named, made: made) {
            return try Warehouse.draftTargets(
                changes, renew: [], expires: expires, atLeast: stored.atLeast, .immediate, connection)
        }
        let withdrawn: [String] = try connection.query(
            """
            SELECT normalized_name FROM claim JOIN project ON project.id = claim.project_id
            WHERE normalized_name = ANY(\(stored.plan.projects)) AND delegator <> \(RoleName.recentlyClaimed.text)
            """
        ).map { try $0.get("normalized_name") }
        guard !withdrawn.isEmpty else { return nil }
        return try Warehouse.draftClaims(
            withdrawing: Set(withdrawn), expires: expires, shardSize: shardSize, connection)
    }

    private func finish(_ online: [OnlineRole], _ connection: Connection) throws {
        try connection.execute("UPDATE recovery SET finished_at = now() WHERE id = \(id)")
        try Warehouse.forgetKeys(of: online, connection)
        try noteOutcome(connection)
        for row in try connection.query(
            """
            UPDATE project SET status = 'active', status_reason = NULL
            WHERE normalized_name = ANY(\(stored.plan.projects)) RETURNING id, normalized_name
            """)
        {
            try Warehouse.rebuild(
                row.get("normalized_name"), row.get("id"), because: "open again", connection)
        }
        try Warehouse.log(.recoveryFinished, ["recovery": .integer(id)], connection)
        try connection.notify(Channel.published, payload: "recovery")
    }

    private func noteOutcome(_ connection: Connection) throws {
        guard let bulletin,
            let row = try connection.one("SELECT body FROM bulletin WHERE id = \(bulletin)")
        else { return }
        let root = try PublicSnapshot(connection: connection).current(.root)
        let body = """
            \(try row.get("body", as: String.self))

            Recovered. The newest root is version \(root.version), SHA-256 \(Digest.sha256Hex(root.bytes)).
            """
        guard body.utf8.count <= Bulletin.maxBodyBytes else { return }
        try Warehouse.changeBulletin(id: bulletin, title: nil, body: body, by: nil, connection)
    }
}
