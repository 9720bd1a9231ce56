import CanonicalJSON
import Packaging
import Postgres
import TUF
import TUFRepository

/// A project while one database transaction has it to itself (PEP 480, "Producing Consistent Snapshots", rule 1).
struct LockedProject {
    let id: Int
    let name: ProjectName
    let status: ProjectStatus
    /// Who may sign for the published version; nil where the project is not claimed.
    let inForce: Maintainers?
    /// Whom the maintainers want instead, where the delegation waits to be signed offline.
    let wanted: Maintainers?
    /// Of the project's role; 0 where it has none.
    let publishedVersion: Int
    /// Whether who may sign is being signed offline.
    private let isDraftedOffline: Bool
    private let owners: Set<String>

    /// Waits for whoever has the project, uploads under way included.
    ///
    /// - Returns: nil where there is no such project.
    init?(named normalizedName: String, _ connection: Connection) throws {
        let row = try connection.one(
            "SELECT id, name, status FROM project WHERE normalized_name = \(normalizedName) FOR UPDATE")
        guard let row else { return nil }
        id = try row.get("id")
        name = try ProjectName(row.get("name", as: String.self))
        status = try ProjectStatus(rawValue: row.get("status")) ?? .quarantined
        let claim = try connection.one(
            "SELECT maintainers, wanted, offline_draft_id FROM claim WHERE project_id = \(id)")
        inForce = try claim.map { try Self.maintainers($0.get("maintainers")) }
        wanted = try claim?.get("wanted", as: [UInt8]?.self).map(Self.maintainers)
        isDraftedOffline = try claim?.get("offline_draft_id", as: Int?.self) != nil
        let role = try ProjectRole.name(of: name).text
        publishedVersion =
            try connection.one(
                "SELECT version FROM metadata WHERE role = \(role) AND superseded_at IS NULL")?.get("version")
            ?? 0
        owners = try Set(
            connection.query(
                """
                SELECT account.name FROM project_owner JOIN account ON account.id = project_owner.account_id
                WHERE project_owner.project_id = \(id)
                """
            ).map { try $0.get("name") })
    }

    /// - Throws: ``TransactionRefusal`` `.permission` for who neither owns the project nor signs for it.
    func authorize(_ identity: Identity) throws(TransactionRefusal) {
        let signers = (inForce?.accounts ?? []).union(wanted?.accounts ?? [])
        guard owners.contains(identity.account) || signers.contains(identity.account) else {
            throw TransactionRefusal(
                .permission, value: identity.account,
                "'\(identity.account)' is no maintainer of '\(name.display)'.")
        }
    }

    /// - Throws: ``TransactionRefusal`` `.live` for other maintainers while the present ones are on their way into
    ///   `claimed`.
    func refuseOtherMaintainers(_ changes: ProjectChanges) throws(TransactionRefusal) {
        guard changes.authority != nil, isDraftedOffline else { return }
        throw TransactionRefusal(
            .live, value: name.display,
            "Who maintains '\(name.display)' is being signed offline by the index; change it once that is public."
        )
    }

    /// The files that installers are shown.
    func publishedFiles(_ connection: Connection) throws -> [ProjectPage.File] {
        try ProjectPage.File.published(of: [id], connection)[id] ?? []
    }

    /// - Throws: ``TransactionRefusal`` `.live` while an upload waits for its snapshot.
    func refusePendingUploads(_ connection: Connection) throws {
        let pending = try connection.one(
            "SELECT FROM project_transaction WHERE project_id = \(id) AND snapshot_version IS NULL LIMIT 1")
        guard pending == nil else {
            throw TransactionRefusal(
                .live, value: name.display,
                "A change of the project is being published; try again in a moment.")
        }
    }

    private static func maintainers(_ bytes: [UInt8]) throws -> Maintainers {
        try Maintainers(json: JSONValue(parsing: bytes))
    }
}
