import CanonicalJSON
import Packaging
import Postgres
import Signing
import TUF
import TUFClient
import TUFRepository

/// What one publication did.
struct PublicationReport: Sendable {
    let snapshotVersion: Int
    let timestampVersion: Int
    let transactions: Int
    let roles: Int
    /// Roles near the size that clients refuse, with their sizes in bytes.
    let oversized: [RoleName: Int]
    /// Whether more transactions may be waiting.
    let isFollowedByMore: Bool
}

/// The leading snapshot process's knowledge of the repository.
///
/// Only the leader publishes, so it keeps what it published last. A value: the state that a failed transaction would
/// have led to is thrown away with it.
struct Leader: Sendable {
    private var repository: OnlineRepository
    private var expiries: [RoleName: MetadataTime]
    private var snapshotExpires: MetadataTime
    private var timestampExpires: MetadataTime
    private var bins: SuccinctRoles
    private var signers: OnlineSigners
    private let generation: Int
    private var check: SelfCheck
    /// Roles that the offline metadata names and nobody has signed yet, or a key that was replaced: all bins of a new
    /// repository.
    private var unsigned: [RoleName]

    /// python-tuf and go-tuf give up on a targets file above 5,000,000 bytes.
    private static let sizeOfConcern = 4_000_000

    var snapshotVersion: Int { repository.snapshotVersion }
    /// The online roles that the next key signs, not the present one.
    var succeeded: Set<OnlineRole> { signers.succeeded }

    /// - Throws: ``WarehouseError``: no repository, or a keyring that is not this repository's.
    init(loadedBy connection: Connection, keyring: OnlineKeyring, now: MetadataTime) throws {
        let stored = try StoredRepository(loadedBy: connection)
        signers = try OnlineSigners(
            keyring: keyring, named: stored.named,
            turned: Set(Warehouse.succeedingKeys(connection).filter(\.signs).map(\.role)))
        generation = stored.generation
        bins = stored.bins
        repository = try OnlineRepository(
            versions: stored.versions, snapshot: stored.snapshot.map { ($0.version, $0.bytes) },
            timestampVersion: stored.timestamp?.version ?? 0, lifetimes: stored.lifetimes)
        expiries = stored.expiries
        let others = try stored.signedWithOtherKeys(than: signers, connection)
        unsigned = ([.recentlyClaimed] + bins.roleNames).filter {
            stored.expiries[$0] == nil || others.contains($0)
        }
        snapshotExpires = others.contains(.snapshot) ? now : stored.snapshotExpires ?? now
        timestampExpires = others.contains(.timestamp) ? now : stored.timestampExpires ?? now
        check = try SelfCheck(of: stored, now: now)
    }

    /// Whether what is stored is still what this leader knows.
    func isUpToDate(_ connection: Connection) throws -> Bool {
        let row = try connection.one("SELECT generation FROM repository FOR SHARE")
        return try row?.get("generation") == generation
    }

    /// Publishes what is pending or due.
    ///
    /// - Returns: nil if there was nothing to do.
    mutating func publish(
        _ connection: Connection, batchLimit: Int, now: MetadataTime
    ) throws -> PublicationReport? {
        // First, so that what else changes in these projects finds them where they are from now on.
        let offline = try SubmittedOffline(loadedBy: connection, now: now)
        try offline?.publish(inSnapshot: repository.snapshotVersion + 1, connection)
        if let layout = offline?.bins, layout.namePrefix != bins.namePrefix {
            bins = layout
            try SubmittedOffline.rebin(connection, role: role(of:))
            unsigned += layout.roleNames
            expiries = expiries.filter { $0.key == .recentlyClaimed }
        }
        if let named = offline?.named { try turn(to: named, now, connection) }
        let pending = PendingTransactions(
            connection: connection, snapshotVersion: repository.snapshotVersion + 1, now: now, role: role(of:)
        )
        let batch = try pending.apply(limit: batchLimit)
        var roles = Set(try (batch.map { $0.changed + $0.removed } ?? []).map { try RoleName($0.role) })
        roles.formUnion(unsigned)
        roles.formUnion(repository.due(expiries, at: now, limit: renewalsAtOnce))
        if batch?.changesRecentlyClaimed == true { roles.insert(.recentlyClaimed) }
        if offline?.changesRecentlyClaimed == true { roles.insert(.recentlyClaimed) }
        let renewal = try Warehouse.takeRenewal(connection)
        if renewal == .everything { roles.formUnion(expiries.keys) }
        let adopted = (offline?.adopted ?? []) + (batch?.adopted ?? [])

        var made: [SignedRole]
        let next: OnlineRepository
        if !roles.isEmpty || !adopted.isEmpty || offline != nil || renewal != nil
            || isDue(snapshotExpires, lifetime: repository.lifetimes.snapshot, now)
        {
            let targets = try contents(of: roles, connection)
            (made, next) = try repository.next(
                targets: targets, adopting: adopted.map(\.signed), at: now, sign: signers.sign)
        } else if isDue(timestampExpires, lifetime: repository.lifetimes.timestamp, now) {
            (made, next) = try repository.nextTimestamp(at: now, sign: signers.sign)
        } else {
            return nil
        }

        let checked = try check.advanced(
            by: made, root: offline?.root, delegators: delegators(of: roles, adopted),
            besides: offline?.unchanged ?? [], at: now)
        made += [offline?.root].compactMap { $0 }
        try store(made, connection)
        try log(made, batch?.transactions ?? [], connection)
        try connection.notify(Channel.published, payload: "\(next.snapshotVersion)")
        repository = next
        check = checked
        unsigned = []
        remember(made)
        return PublicationReport(
            snapshotVersion: next.snapshotVersion, timestampVersion: next.timestampVersion,
            transactions: batch?.transactions.count ?? 0, roles: made.count,
            oversized: Dictionary(
                made.filter { $0.name != .snapshot && $0.bytes.count > Self.sizeOfConcern }
                    .map { ($0.name, $0.bytes.count) }, uniquingKeysWith: { first, _ in first }),
            isFollowedByMore: batch?.transactions.count == batchLimit)
    }

    /// Signs with the next key from now on where the present one is not named any more.
    private mutating func turn(
        to named: [OnlineRole: RoleKeys], _ now: MetadataTime, _ connection: Connection
    ) throws {
        try KeyTurning.noteNamed(named, at: now, connection)
        let replaced = try signers.name(named)
        try KeyTurning.letSign(replaced, connection)
        if replaced.contains(.recentlyClaimed) { unsigned.append(.recentlyClaimed) }
        if replaced.contains(.bins) { unsigned += bins.roleNames }
    }

    private func role(of path: String) throws -> RoleName {
        bins.role(for: try TargetPath(path))
    }

    /// Enough that all bins are renewed in time at one publication a minute, few enough to spread them.
    private var renewalsAtOnce: Int { max(16, bins.binCount / 256) }

    private func isDue(_ expires: MetadataTime, lifetime: Int, _ now: MetadataTime) -> Bool {
        expires.secondsSinceEpoch - now.secondsSinceEpoch < lifetime / 2
    }

    private func delegators(of online: Set<RoleName>, _ adopted: [AdoptedRole]) -> [RoleName: RoleName] {
        var delegators: [RoleName: RoleName] = [:]
        for role in online { delegators[role] = role == .recentlyClaimed ? .targets : .unclaimed }
        for role in adopted { delegators[role.signed.name] = role.delegator }
        return delegators
    }

    private func contents(
        of roles: Set<RoleName>, _ connection: Connection
    ) throws -> [RoleName: OnlineContent] {
        var contents = Dictionary(uniqueKeysWithValues: roles.map { ($0, OnlineContent()) })
        if roles.contains(.recentlyClaimed) {
            contents[.recentlyClaimed]?.delegations = try recentlyClaimedDelegations(connection)
        }
        let rows = try connection.query(
            "SELECT path, role, length, sha256 FROM target WHERE role = ANY(\(roles.map(\.text)))")
        for row in rows {
            let role = try RoleName(row.get("role", as: String.self))
            let path = try TargetPath(row.get("path", as: String.self))
            let sha256 = Hex.encode(try row.get("sha256", as: [UInt8].self))
            contents[role]?.files[path] = try TargetFile(
                length: row.get("length"), hashes: ["sha256": sha256])
        }
        return contents
    }

    /// - Returns: nil while no project waits there.
    private func recentlyClaimedDelegations(_ connection: Connection) throws -> Delegations? {
        let rows = try connection.query(
            """
            SELECT project.normalized_name, claim.maintainers
            FROM claim JOIN project ON project.id = claim.project_id
            WHERE claim.delegator = \(RoleName.recentlyClaimed.text)
            """)
        guard !rows.isEmpty else { return nil }
        var projects: [String: Maintainers] = [:]
        for row in rows {
            projects[try row.get("normalized_name")] = try Maintainers(
                json: JSONValue(parsing: row.get("maintainers", as: [UInt8].self)))
        }
        return try ProjectRole.delegations(to: projects)
    }

    private func store(_ made: [SignedRole], _ connection: Connection) throws {
        try connection.execute(
            """
            UPDATE metadata SET superseded_at = now()
            WHERE role = ANY(\(made.map(\.name.text))) AND superseded_at IS NULL
            """)
        do throws(PostgresError) {
            try connection.execute(
                """
                INSERT INTO metadata (role, version, bytes, expires_at)
                SELECT role, version, bytes, to_timestamp(expires)
                FROM unnest(\(made.map(\.name.text))::text[], \(made.map(\.version))::bigint[],
                            \(made.map(\.bytes))::bytea[], \(made.map(\.expires.secondsSinceEpoch))::bigint[])
                     AS made (role, version, bytes, expires)
                """)
        } catch {
            guard error.isUniqueViolation else { throw error }
            throw WarehouseError.leadershipLost
        }
    }

    private func log(_ made: [SignedRole], _ transactions: [Int], _ connection: Connection) throws {
        let roles: [JSONValue] = made.map { role in
            [
                "role": .string(role.name.text), "version": .integer(role.version),
                "sha256": .string(Digest.sha256Hex(role.bytes)),
            ]
        }
        try Warehouse.log(
            .published,
            ["roles": .array(roles), "transactions": .array(transactions.map { .integer($0) })], connection)
        try Warehouse.chainLog(connection)
    }

    private mutating func remember(_ made: [SignedRole]) {
        for role in made {
            switch role.name {
            case .snapshot: snapshotExpires = role.expires
            case .timestamp: timestampExpires = role.expires
            case .recentlyClaimed: expiries[role.name] = role.expires
            default: if bins.contains(role.name) { expiries[role.name] = role.expires }
            }
        }
    }
}
