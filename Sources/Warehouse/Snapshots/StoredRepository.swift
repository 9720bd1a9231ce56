import Postgres
import Signing
import TUF
import TUFClient
import TUFRepository

/// The repository as the database holds it: what a process that takes the lead starts from.
struct StoredRepository {
    /// Raised whenever something else than the leading snapshot process changes what is stored.
    let generation: Int
    /// The newest root.
    let root: Envelope<Root>
    let rootBytes: [UInt8]
    /// The targets roles that delegate, each with its delegator: all but projects and bins.
    let delegating: [Publication.Role]
    let bins: SuccinctRoles
    let recentlyClaimedKeys: RoleKeys
    /// Of what `targets` delegates to.
    let delegatedKeys: [RoleName: RoleKeys]
    let lifetimes: OnlineLifetimes
    /// Every role that the snapshot lists.
    let versions: [RoleName: Int]
    /// When the online targets roles expire.
    let expiries: [RoleName: MetadataTime]
    let snapshot: StoredMetadata?
    let timestamp: StoredMetadata?
    let snapshotExpires: MetadataTime?
    let timestampExpires: MetadataTime?

    /// - Throws: ``WarehouseError/repositoryMissing``, ``WarehouseError/metadataMissing(role:)``.
    init(loadedBy connection: Connection) throws {
        guard let policy = try connection.one("SELECT * FROM repository") else {
            throw WarehouseError.repositoryMissing
        }
        generation = try policy.get("generation")
        lifetimes = OnlineLifetimes(
            timestamp: try policy.get("timestamp_lifetime"), snapshot: try policy.get("snapshot_lifetime"),
            recentlyClaimed: try policy.get("recently_claimed_lifetime"),
            bins: try policy.get("bins_lifetime"))

        rootBytes = try Self.bytes(of: .root, connection)
        root = try Envelope<Root>(parsing: rootBytes)
        let targetsBytes = try Self.bytes(of: .targets, connection)
        let targets = try Envelope<Targets>(parsing: targetsBytes)
        let claimedBytes = try Self.bytes(of: .claimed, connection)
        let claimed = try Envelope<Targets>(parsing: claimedBytes)
        let unclaimedBytes = try Self.bytes(of: .unclaimed, connection)
        let unclaimed = try Envelope<Targets>(parsing: unclaimedBytes)
        var delegating = [
            Publication.Role(name: .targets, delegator: .root, bytes: targetsBytes),
            Publication.Role(name: .claimed, delegator: .targets, bytes: claimedBytes),
            Publication.Role(name: .unclaimed, delegator: .targets, bytes: unclaimedBytes),
        ]
        if let recentlyClaimed = try Self.current(.recentlyClaimed, connection).0 {
            delegating.append(
                Publication.Role(name: .recentlyClaimed, delegator: .targets, bytes: recentlyClaimed.bytes))
        }
        for shard in claimed.payload.delegations?.roles ?? [] where ProjectRole.project(of: shard.name) == nil
        {
            delegating.append(
                Publication.Role(
                    name: shard.name, delegator: .claimed, bytes: try Self.bytes(of: shard.name, connection)))
        }
        self.delegating = delegating
        guard let bins = unclaimed.payload.delegations?.succinct else {
            throw WarehouseError.selfCheckFailed("role 'unclaimed' delegates to no bins")
        }
        guard let recentlyClaimedKeys = targets.payload.delegations?.roleKeys(of: .recentlyClaimed) else {
            throw WarehouseError.selfCheckFailed("role 'targets' does not delegate to 'recently-claimed'")
        }
        self.bins = bins
        self.recentlyClaimedKeys = recentlyClaimedKeys
        delegatedKeys = Dictionary(
            (targets.payload.delegations?.roles ?? []).map { ($0.name, $0.keys) },
            uniquingKeysWith: { first, _ in first })

        var versions: [RoleName: Int] = [:]
        var expiries: [RoleName: MetadataTime] = [:]
        for row in try connection.query(
            """
            SELECT role, version, extract(epoch FROM expires_at)::bigint AS expires
            FROM metadata WHERE superseded_at IS NULL AND role NOT IN ('root', 'snapshot', 'timestamp')
            """)
        {
            let role = try RoleName(row.get("role", as: String.self))
            versions[role] = try row.get("version")
            guard role == .recentlyClaimed || bins.contains(role) else { continue }
            expiries[role] = MetadataTime(secondsSinceEpoch: try row.get("expires"))
        }
        self.versions = versions
        self.expiries = expiries
        (snapshot, snapshotExpires) = try Self.current(.snapshot, connection)
        (timestamp, timestampExpires) = try Self.current(.timestamp, connection)
    }

    /// The keys that may sign the online roles.
    var named: [OnlineRole: RoleKeys] {
        var named: [OnlineRole: RoleKeys] = [.recentlyClaimed: recentlyClaimedKeys, .bins: bins.keys]
        for (online, role) in [(OnlineRole.timestamp, RoleName.timestamp), (.snapshot, .snapshot)] {
            named[online] = root.payload.roles[role]
        }
        return named
    }

    /// The keys of every role that drafts can change.
    var namedByRole: [RoleName: RoleKeys] {
        root.payload.roles.merging(delegatedKeys) { first, _ in first }
            .merging([TargetsDraft.bins: bins.keys]) { first, _ in first }
    }

    /// The online roles whose published metadata other keys have signed than those that sign now.
    func signedWithOtherKeys(
        than signers: OnlineSigners, _ connection: Connection
    ) throws -> Set<RoleName> {
        let roles: [(OnlineRole, [RoleName])] = [
            (.timestamp, [.timestamp]), (.snapshot, [.snapshot]), (.recentlyClaimed, [.recentlyClaimed]),
            (.bins, Array(bins.roleNames)),
        ]
        var others: Set<RoleName> = []
        for (online, names) in roles {
            let id = try signers.signer(of: online).publicKey.id.hex
            let rows = try connection.query(
                """
                SELECT role FROM metadata
                WHERE role = ANY(\(names.map(\.text))) AND superseded_at IS NULL
                  AND position(convert_to(\(id), 'UTF8') IN \(SignedStart.sql)) = 0
                """)
            for row in rows { others.insert(try RoleName(row.get("role", as: String.self))) }
        }
        return others
    }

    private static func bytes(of role: RoleName, _ connection: Connection) throws -> [UInt8] {
        guard let stored = try current(role, connection).0 else {
            throw WarehouseError.metadataMissing(role: role.text)
        }
        return stored.bytes
    }

    private static func current(
        _ role: RoleName, _ connection: Connection
    ) throws -> (StoredMetadata?, MetadataTime?) {
        let row = try connection.one(
            """
            SELECT version, bytes, extract(epoch FROM expires_at)::bigint AS expires
            FROM metadata WHERE role = \(role.text) AND superseded_at IS NULL
            """)
        guard let row else { return (nil, nil) }
        return (
            StoredMetadata(version: try row.get("version"), bytes: try row.get("bytes")),
            MetadataTime(secondsSinceEpoch: try row.get("expires"))
        )
    }
}
