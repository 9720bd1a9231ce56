import Signing
import TUF
import TUFClient
import TUFRepository
import TestSupport

/// A repository and a client that has seen everything it ever published.
struct FollowedRepository {
    static let start = MetadataTime(secondsSinceEpoch: 1_767_225_600)  // 2026-01-01T00:00:00Z
    static let day = 86_400

    let ceremony: TestCeremony
    private(set) var repository: OnlineRepository
    private(set) var client: TrustedMetadata
    private var unseen: [Publication.Role]

    init() throws {
        let ceremony = try TestCeremony(at: Self.start)
        self.ceremony = ceremony
        repository = try OnlineRepository(
            versions: [.targets: 1, .claimed: 1, .unclaimed: 1], snapshot: nil, timestampVersion: 0,
            lifetimes: ceremony.lifetimes)
        client = try TrustedMetadata(trustedRoot: ceremony.root, now: Self.start)
        let offline: [(RoleName, RoleName)] = [
            (.targets, .root), (.claimed, .targets), (.unclaimed, .targets),
        ]
        unseen = offline.map { Publication.Role(name: $0, delegator: $1, bytes: ceremony.bytes(of: $0)) }
    }

    /// Publishes and lets the client follow.
    mutating func publish(
        _ targets: [RoleName: [TargetPath: TargetFile]], at now: MetadataTime = start
    ) throws -> [SignedRole] {
        let (made, state) = try repository.next(
            targets: targets.mapValues { OnlineContent(files: $0) }, at: now, sign: sign)
        try follow(made, at: now)
        repository = state
        return made
    }

    mutating func publishTimestamp(at now: MetadataTime) throws -> [SignedRole] {
        let (made, state) = try repository.nextTimestamp(at: now, sign: sign)
        try follow(made, at: now)
        repository = state
        return made
    }

    /// The first publication: every online targets role, empty.
    mutating func publishAllEmpty() throws -> [SignedRole] {
        let roles = TestCeremony.bins.union([.recentlyClaimed])
        return try publish(Dictionary(uniqueKeysWithValues: roles.map { ($0, [:]) }))
    }

    private mutating func follow(_ made: [SignedRole], at now: MetadataTime) throws {
        let roles = made.filter { !$0.name.isTopLevel }.map { role in
            Publication.Role(
                name: role.name, delegator: role.name == .recentlyClaimed ? .targets : .unclaimed,
                bytes: role.bytes)
        }
        client = try client.accepting(
            Publication(
                timestamp: made.last?.bytes ?? [], snapshot: made.first { $0.name == .snapshot }?.bytes,
                targets: unseen + roles),
            now: now)
        unseen = []
    }

    func sign(_ name: RoleName, _ bytes: [UInt8]) throws -> Signature {
        let role = OnlineRole(rawValue: name.text) ?? .bins
        return try ceremony.keyring[role].sign(bytes)
    }
}

extension [SignedRole] {
    func snapshot() throws -> Snapshot {
        try Envelope<Snapshot>(parsing: first { $0.name == .snapshot }?.bytes ?? []).payload
    }

    func timestamp() throws -> Timestamp {
        try Envelope<Timestamp>(parsing: first { $0.name == .timestamp }?.bytes ?? []).payload
    }
}
