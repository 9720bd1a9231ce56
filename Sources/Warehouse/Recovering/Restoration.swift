import Blobs
import CanonicalJSON
import Packaging
import Postgres
import TUF
import TUFRepository

/// What a restoration did.
package struct RestorationReport: Hashable, Sendable {
    /// Files that the last known good snapshot does not have, by target path.
    package var removed: [String] = []
    /// Files that came back, or came back as they were.
    package var restored: [String] = []
    /// Files of the last known good snapshot whose content is nowhere any more.
    package var lost: [String] = []
    /// Projects that their maintainers have to claim again.
    package var unclaimed: [String] = []
    /// Roles whose versions had been pushed too far to go on from.
    package var pushed: [String] = []
}

/// Brings the rows of the index back to what the last known good snapshot says, within one database transaction.
///
/// The caller has filled the archive's tables, where there is an archive. What the next snapshot shows is made anew from
/// these rows.
struct Restoration {
    let plan: RecoveryPlan
    let hasArchive: Bool
    let blobs: BlobStore
    let identity: Identity
    let connection: Connection

    /// Versions above leave no room to go on; nobody reaches them by publishing.
    private static let largestVersion = 1 << 40

    /// - Returns: what was done; the versions that new offline metadata must not be lower than.
    func run(progress: (_ done: Int, _ of: Int) -> Void) throws -> (RestorationReport, VersionFloors) {
        var report = RestorationReport()
        let floors = try versionFloors()
        report.pushed = try giveUpPushedVersions()
        if plan.restored.contains(.claimed) { try restoreClaimed() }
        if plan.clearsRecentlyClaimed { report.unclaimed = try clearRecentlyClaimed() }
        try connection.execute(
            """
            DELETE FROM claim USING project
            WHERE project.id = claim.project_id AND claim.delegator = \(RoleName.recentlyClaimed.text)
              AND project.normalized_name = ANY(\(plan.projects))
            """)
        let projects = try projectsInScope()
        if plan.restored.contains(.indexSigned) { try connection.execute("DELETE FROM target") }
        for (number, project) in projects.enumerated() {
            progress(number, projects.count)
            try restore(project, into: &report)
        }
        try connection.execute("UPDATE repository SET generation = generation + 1")
        return (report, floors)
    }

    private func versionFloors() throws -> VersionFloors {
        var floors = VersionFloors()
        for row in try connection.query(
            """
            SELECT role, max(version) + 1 AS floor FROM metadata
            WHERE version <= \(Self.largestVersion)
              AND (role IN ('targets', 'claimed', 'unclaimed') OR role LIKE 'claimed-%')
            GROUP BY role
            """)
        {
            floors.versions[try RoleName(row.get("role", as: String.self))] = try row.get("floor")
        }
        return floors
    }

    /// Fast-forward recovery on the index's own side: goes back to the newest version that has successors.
    ///
    /// - Source: TUF §5.3.11 for the clients' side.
    private func giveUpPushedVersions() throws -> [String] {
        let pushed: [String] = try connection.query(
            """
            DELETE FROM metadata WHERE version > \(Self.largestVersion) AND role <> 'root' RETURNING role
            """
        ).map { try $0.get("role") }
        if hasArchive {
            try connection.execute(
                """
                INSERT INTO metadata (role, version, bytes, expires_at)
                SELECT role, version, bytes, expires_at FROM archived_role
                WHERE role = ANY(\(pushed)) AND NOT EXISTS (SELECT FROM metadata WHERE metadata.role = archived_role.role)
                """)
        }
        try connection.execute(
            """
            UPDATE metadata SET superseded_at = NULL
            WHERE role = ANY(\(pushed))
              AND version = (SELECT max(version) FROM metadata AS other WHERE other.role = metadata.role)
            """)
        return Set(pushed).sorted()
    }

    /// Makes `claimed`, its shards and their projects what they were.
    private func restoreClaimed() throws {
        try connection.execute(
            """
            UPDATE metadata SET superseded_at = now()
            WHERE superseded_at IS NULL AND (role = 'claimed' OR role LIKE 'claimed-%')
            """)
        let isClaimed: SQL = "(role = 'claimed' OR delegator = 'claimed' OR delegator LIKE 'claimed-%')"
        try connection.execute(
            """
            UPDATE metadata SET superseded_at = now()
            WHERE superseded_at IS NULL AND role IN (SELECT role FROM archived_role WHERE \(isClaimed))
            """)
        try connection.execute(
            """
            INSERT INTO metadata (role, version, bytes, expires_at)
            SELECT role, version, bytes, expires_at FROM archived_role WHERE \(isClaimed)
            ON CONFLICT (role, version) DO UPDATE
            SET bytes = excluded.bytes, expires_at = excluded.expires_at, superseded_at = NULL
            """)
        try connection.execute("DELETE FROM claim WHERE delegator <> \(RoleName.recentlyClaimed.text)")
        var claimed: Targets?
        var shards: [RoleName: Targets] = [:]
        for row in try connection.query(
            "SELECT role, bytes FROM archived_role WHERE role = 'claimed' OR role LIKE 'claimed-%'")
        {
            let role = try RoleName(row.get("role", as: String.self))
            let targets = try Envelope<Targets>(parsing: row.get("bytes")).payload
            if role == .claimed { claimed = targets } else { shards[role] = targets }
        }
        guard let claimed else { throw WarehouseError.metadataMissing(role: RoleName.claimed.text) }
        let roles = try ClaimedRoles(reading: claimed, shards: shards)
        let delegators = try roles.delegators()
        for (name, maintainers) in roles.projects {
            guard let project = try projectID(of: name, creating: true) else { continue }
            try connection.execute(
                """
                INSERT INTO claim (project_id, delegator, maintainers)
                VALUES (\(project), \(delegators[name]?.text ?? RoleName.claimed.text),
                        \(JSONValue.object(maintainers.json).canonicalBytes()))
                ON CONFLICT (project_id) DO UPDATE
                SET delegator = excluded.delegator, maintainers = excluded.maintainers, wanted = NULL,
                    offline_draft_id = NULL
                """)
        }
    }

    private func clearRecentlyClaimed() throws -> [String] {
        try connection.query(
            """
            DELETE FROM claim USING project
            WHERE project.id = claim.project_id AND claim.delegator = \(RoleName.recentlyClaimed.text)
            RETURNING project.normalized_name
            """
        ).map { try $0.get("normalized_name") }.sorted()
    }

    /// Normalized names.
    private func projectsInScope() throws -> [String] {
        let isClaimed: SQL = "EXISTS (SELECT FROM claim WHERE claim.project_id = project.id)"
        var names = Set(plan.projects)
        if plan.restored.contains(.indexSigned) {
            names.formUnion(
                try connection.query("SELECT normalized_name FROM project WHERE NOT \(isClaimed)").map {
                    try $0.get("normalized_name", as: String.self)
                })
        }
        if plan.restored.contains(.claimed) {
            names.formUnion(
                try connection.query("SELECT normalized_name FROM project WHERE \(isClaimed)").map {
                    try $0.get("normalized_name", as: String.self)
                })
        }
        if hasArchive, plan.restored.contains(.indexSigned) {
            names.formUnion(
                try connection.query(
                    """
                    SELECT project FROM archived_page
                    WHERE NOT EXISTS (SELECT FROM project WHERE normalized_name = archived_page.project)
                    """
                ).map { try $0.get("project", as: String.self) })
        }
        return names.sorted()
    }

    func projectID(of name: String, creating isCreated: Bool) throws -> Int? {
        if let row = try connection.one("SELECT id FROM project WHERE normalized_name = \(name)") {
            return try row.get("id")
        }
        guard isCreated else { return nil }
        let page = try connection.one("SELECT bytes FROM archived_page WHERE project = \(name)")
        let project = try page.map { try ProjectPage(parsing: $0.get("bytes")).name } ?? ProjectName(name)
        return try connection.single(
            """
            INSERT INTO project (name, normalized_name, ultranormalized_name)
            VALUES (\(project.display), \(name), \(project.ultranormalized)) RETURNING id
            """)
    }
}
