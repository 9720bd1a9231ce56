import CanonicalJSON
import Postgres
import TUF
import TUFClient
import TUFRepository

/// A new `claimed` that its holders have signed, on its way into the next snapshot.
struct SubmittedClaims {
    private let id: Int
    private let draft: ClaimsDraft
    let adopted: [AdoptedRole]
    /// What is trusted on the word of roles that change, and stays as it is: shards, and the projects that move and
    /// have not expired.
    let unchanged: [Publication.Role]

    /// - Returns: nil where none waits.
    /// - Throws: ``TransactionRefusal`` `.expired` for one that waited too long.
    init?(loadedBy connection: Connection, now: MetadataTime) throws {
        let row = try connection.one("SELECT id, document FROM offline_draft WHERE state = 'submitted'")
        guard let row else { return nil }
        id = try row.get("id")
        draft = try ClaimsDraft(parsing: row.get("document"))
        adopted = try draft.signedRoles(now: now).map {
            AdoptedRole(signed: $0, delegator: $0.name == .claimed ? .targets : .claimed)
        }
        let changing = Set(draft.roles.keys)
        let delegators = try draft.after.delegators()
        var unchanged: [Publication.Role] = []
        for shard in draft.after.shards {
            let role = try shard.role
            guard !changing.contains(role), let envelope = draft.published[role] else { continue }
            unchanged.append(Publication.Role(name: role, delegator: .claimed, bytes: envelope.encoded()))
        }
        let moving = Dictionary(
            uniqueKeysWithValues: draft.evidence.keys.map { ("project-\($0)", delegators[$0] ?? .claimed) })
        for row in try connection.query(
            """
            SELECT role, bytes FROM metadata
            WHERE role = ANY(\(moving.keys.sorted())) AND superseded_at IS NULL
              AND expires_at > to_timestamp(\(now.secondsSinceEpoch))
            """)
        {
            let role: String = try row.get("role")
            unchanged.append(
                Publication.Role(
                    name: try RoleName(role), delegator: moving[role] ?? .claimed, bytes: try row.get("bytes")
                ))
        }
        self.unchanged = unchanged
    }

    /// Brings the rows up to date.
    func publish(inSnapshot snapshot: Int, _ connection: Connection) throws {
        let delegators = try draft.after.delegators().sorted { $0.key < $1.key }
        try connection.execute(
            """
            UPDATE claim SET delegator = moved.delegator
            FROM unnest(\(delegators.map(\.key))::text[], \(delegators.map(\.value.text))::text[])
                 AS moved (name, delegator) JOIN project ON project.normalized_name = moved.name
            WHERE claim.project_id = project.id AND claim.delegator <> moved.delegator
            """)
        for project in draft.evidence.keys {
            guard let maintainers = draft.after.projects[project] else { continue }
            try connection.execute(
                """
                UPDATE claim SET maintainers = \(JSONValue.object(maintainers.json).canonicalBytes()),
                                 wanted = NULL, offline_draft_id = NULL
                FROM project WHERE project.id = claim.project_id AND project.normalized_name = \(project)
                """)
        }
        try connection.execute(
            """
            UPDATE offline_draft SET state = 'published', snapshot_version = \(snapshot) WHERE id = \(id)
            """)
    }
}
