import CanonicalJSON
import Packaging
import Postgres
import Signing
import TUF
import TUFClient
import TUFRepository

/// Offline metadata that its holders have signed, on its way into the next snapshot.
struct SubmittedOffline {
    /// A new root, where there is one.
    let root: SignedRole?
    let adopted: [AdoptedRole]
    /// What is trusted on the word of roles that change, and stays as it is.
    let unchanged: [Publication.Role]
    /// Whether the delegations of recently-claimed are others than before.
    let changesRecentlyClaimed: Bool
    /// The bins as they are laid out from now on.
    let bins: SuccinctRoles?
    /// The keys that may sign online roles from now on.
    let named: [OnlineRole: RoleKeys]
    private let id: Int
    private let claims: ClaimsDraft?

    /// - Returns: nil where none waits.
    /// - Throws: ``TransactionRefusal`` `.expired` for one that waited too long.
    init?(loadedBy connection: Connection, now: MetadataTime) throws {
        let row = try connection.one("SELECT id, document FROM offline_draft WHERE state = 'submitted'")
        guard let row else { return nil }
        id = try row.get("id")
        let draft = try OfflineDrafts.parse(row.get("document"))
        let signed = try draft.signedRoles(now: now)
        root = signed.first { $0.name == .root }
        adopted = signed.filter { $0.name != .root }.map {
            AdoptedRole(signed: $0, delegator: Self.delegator(of: $0.name))
        }
        claims = draft as? ClaimsDraft
        bins = (draft as? TargetsDraft)?.succinct
        named = Self.named(by: draft)
        changesRecentlyClaimed = claims != nil
        unchanged =
            try claims.map { try Self.movingProjects(in: $0, now, connection) + Self.unchangedShards(of: $0) }
            ?? StoredRepository(loadedBy: connection).delegating
    }

    /// Brings the rows up to date.
    func publish(inSnapshot snapshot: Int, _ connection: Connection) throws {
        if let claims { try Self.move(claims, connection) }
        try connection.execute(
            """
            UPDATE offline_draft SET state = 'published', snapshot_version = \(snapshot) WHERE id = \(id)
            """)
    }

    /// Puts every target into its bin of a new layout.
    ///
    /// - Parameter role: which bin a path belongs to.
    static func rebin(_ connection: Connection, role: (String) throws -> RoleName) throws {
        var last = ""
        while true {
            let paths: [String] = try connection.query(
                "SELECT path FROM target WHERE path > \(last) ORDER BY path LIMIT 20000"
            ).map { try $0.get("path") }
            guard let end = paths.last else { return }
            try connection.execute(
                """
                UPDATE target SET role = moved.role
                FROM unnest(\(paths)::text[], \(paths.map { try role($0).text })::text[]) AS moved (path, role)
                WHERE target.path = moved.path
                """)
            last = end
        }
    }

    private static func named(by draft: any OfflineDraft) -> [OnlineRole: RoleKeys] {
        var named: [OnlineRole: RoleKeys] = [:]
        if let root = (draft as? RootDraft)?.after {
            named[.timestamp] = root.roles[.timestamp]
            named[.snapshot] = root.roles[.snapshot]
        }
        if let targets = draft as? TargetsDraft {
            named[.recentlyClaimed] = targets.delegations.roleKeys(of: .recentlyClaimed)
            named[.bins] = targets.succinct.keys
        }
        return named
    }

    private static func delegator(of role: RoleName) -> RoleName {
        switch role {
        case .targets: .root
        case .claimed, .unclaimed: .targets
        default: .claimed
        }
    }

    private static func unchangedShards(of draft: ClaimsDraft) throws -> [Publication.Role] {
        try draft.after.shards.compactMap { shard in
            let role = try shard.role
            guard draft.roles[role] == nil, let envelope = draft.published[role] else { return nil }
            return Publication.Role(name: role, delegator: .claimed, bytes: envelope.encoded())
        }
    }

    /// The projects that move, but for those whose metadata has expired.
    private static func movingProjects(
        in draft: ClaimsDraft, _ now: MetadataTime, _ connection: Connection
    ) throws -> [Publication.Role] {
        let delegators = try draft.after.delegators()
        let moving = Dictionary(
            uniqueKeysWithValues: draft.evidence.keys.map { ("project-\($0)", delegators[$0] ?? .claimed) })
        return try connection.query(
            """
            SELECT role, bytes FROM metadata
            WHERE role = ANY(\(moving.keys.sorted())) AND superseded_at IS NULL
              AND expires_at > to_timestamp(\(now.secondsSinceEpoch))
            """
        ).map { row in
            let role: String = try row.get("role")
            return Publication.Role(
                name: try RoleName(role), delegator: moving[role] ?? .claimed, bytes: try row.get("bytes"))
        }
    }

    private static func move(_ draft: ClaimsDraft, _ connection: Connection) throws {
        let delegators = try draft.after.delegators().sorted { $0.key < $1.key }
        try connection.execute(
            """
            UPDATE claim SET delegator = moved.delegator
            FROM unnest(\(delegators.map(\.key))::text[], \(delegators.map(\.value.text))::text[])
                 AS moved (name, delegator) JOIN project ON project.normalized_name = moved.name
            WHERE claim.project_id = project.id AND claim.delegator <> moved.delegator
            """)
        for project in draft.withdrawn { try withdraw(project, connection) }
        for project in draft.evidence.keys {
            guard let maintainers = draft.after.projects[project] else { continue }
            try connection.execute(
                """
                UPDATE claim SET maintainers = \(JSONValue.object(maintainers.json).canonicalBytes()),
                                 wanted = NULL, offline_draft_id = NULL
                FROM project WHERE project.id = claim.project_id AND project.normalized_name = \(project)
                """)
        }
    }

    /// Signs for a project again, with everything it shows.
    private static func withdraw(_ project: String, _ connection: Connection) throws {
        let row = try connection.one(
            """
            DELETE FROM claim USING project
            WHERE project.id = claim.project_id AND project.normalized_name = \(project) RETURNING project.id
            """)
        guard let row else { return }
        try Warehouse.rebuild(project, row.get("id"), because: "claim withdrawn", connection)
    }
}
