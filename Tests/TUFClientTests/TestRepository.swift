import CSodium
import CanonicalJSON
import TUF
import TUFClient

/// An Ed25519 key pair made from a number.
struct TestKey {
    let publicKey: PublicKey
    private let secret: [UInt8]

    init(_ seed: UInt8) throws {
        var publicBytes = [UInt8](repeating: 0, count: 32)
        var secret = [UInt8](repeating: 0, count: 64)
        crypto_sign_seed_keypair(&publicBytes, &secret, [UInt8](repeating: seed, count: 32))
        publicKey = try .ed25519(publicBytes)
        self.secret = secret
    }

    var id: KeyID { publicKey.id }

    func sign(_ message: [UInt8]) -> Signature {
        var signature = [UInt8](repeating: 0, count: 64)
        crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        return Signature(keyID: id, bytes: signature)
    }
}

/// A repository whose every document can be changed before it is signed.
struct TestRepository {
    static let now = MetadataTime(secondsSinceEpoch: 1_800_000_000)
    static let past = now

    /// Seeds of the keys that a role lists.
    var keys: [RoleName: [UInt8]] = [.root: [1, 2], .timestamp: [3], .snapshot: [4], .targets: [5]]
    /// Seeds of the keys that sign, where other than those listed.
    var signers: [RoleName: [UInt8]] = [:]
    var rootThreshold = 2
    var rootVersion = 1
    var timestampVersion = 1
    var snapshotVersion = 1
    /// What timestamp says of snapshot, where other than its version and hash.
    var timestampMeta: MetaFile?
    /// What snapshot lists besides the roles of `targets`, or other than their versions.
    var snapshotMeta: [RoleName: MetaFile] = [:]
    var snapshotOmits: Set<RoleName> = []
    var expiry: [RoleName: MetadataTime] = [:]
    /// The targets roles: version, files, delegations.
    var roles: [RoleName: (version: Int, files: [String], delegations: Delegations?)] = [
        .targets: (1, [], nil)
    ]

    func expires(_ role: RoleName) -> MetadataTime { expiry[role] ?? Self.now.advanced(bySeconds: 3_600) }

    func sign<Payload: MetadataPayload>(_ payload: Payload, as role: RoleName) throws -> [UInt8] {
        let keys = try (signers[role] ?? keys[role] ?? []).map { try TestKey($0) }
        return Envelope(signing: payload) { bytes in keys.map { $0.sign(bytes) } }.encoded()
    }

    func root() throws -> [UInt8] {
        var table: [KeyID: PublicKey] = [:]
        var roleKeys: [RoleName: RoleKeys] = [:]
        for role in RoleName.topLevel {
            let keys = try (keys[role] ?? []).map { try TestKey($0).publicKey }
            for key in keys { table[key.id] = key }
            roleKeys[role] = try RoleKeys(
                keyIDs: keys.map(\.id), threshold: role == .root ? rootThreshold : 1)
        }
        return try sign(
            Root(version: rootVersion, expires: expires(.root), keys: table, roles: roleKeys), as: .root)
    }

    func snapshot() throws -> [UInt8] {
        var meta: [RoleName: MetaFile] = [:]
        for (role, content) in roles where !snapshotOmits.contains(role) {
            meta[role] = try MetaFile(version: content.version)
        }
        meta.merge(snapshotMeta) { $1 }
        return try sign(
            Snapshot(version: snapshotVersion, expires: expires(.snapshot), meta: meta), as: .snapshot)
    }

    func timestamp() throws -> [UInt8] {
        let meta = try timestampMeta ?? MetaFile(version: snapshotVersion, describing: snapshot())
        return try sign(
            Timestamp(version: timestampVersion, expires: expires(.timestamp), snapshot: meta), as: .timestamp
        )
    }

    func targets(_ role: RoleName = .targets) throws -> [UInt8] {
        let content = roles[role] ?? (1, [], nil)
        var files: [TargetPath: TargetFile] = [:]
        for path in content.files {
            files[try TargetPath(path)] = try TargetFile(describing: Array(path.utf8))
        }
        return try sign(
            Targets(
                version: content.version, expires: expires(role), targets: files,
                delegations: content.delegations),
            as: role)
    }

    /// Adds a role with its own key to the delegations of `delegator`.
    mutating func delegate(
        _ name: RoleName, from delegator: RoleName = .targets, seed: UInt8, paths: [String],
        terminating: Bool = false,
        files: [String] = []
    ) throws {
        let key = try TestKey(seed)
        let role = try DelegatedRole(
            name: name, keys: try RoleKeys(keyIDs: [key.id], threshold: 1), terminating: terminating,
            paths: .patterns(paths.map { PathPattern($0) }))
        var content = roles[delegator] ?? (1, [], nil)
        var table = content.delegations?.keys ?? [:]
        table[key.id] = key.publicKey
        content.delegations = try Delegations(keys: table, roles: (content.delegations?.roles ?? []) + [role])
        roles[delegator] = content
        keys[name] = [seed]
        if roles[name] == nil { roles[name] = (1, [], nil) }
        roles[name]?.files = files
    }

    /// Adds hash bins with one key to `delegator`.
    mutating func delegateBins(bits: Int, from delegator: RoleName = .targets, seed: UInt8) throws {
        let key = try TestKey(seed)
        let bins = try SuccinctRoles(
            keys: try RoleKeys(keyIDs: [key.id], threshold: 1), bitLength: bits, namePrefix: "bin")
        roles[delegator]?.delegations = try Delegations(keys: [key.id: key.publicKey], succinct: bins)
        for bin in bins.roleNames {
            roles[bin] = (1, [], nil)
            keys[bin] = [seed]
        }
    }

    /// A client that has loaded everything up to and including `last`.
    func client(upTo last: RoleName = .targets, now: MetadataTime = Self.now) throws -> TrustedMetadata {
        var client = try TrustedMetadata(trustedRoot: root(), now: now)
        if last == .root { return client }
        try client.updateTimestamp(timestamp())
        if last == .timestamp { return client }
        try client.updateSnapshot(snapshot())
        if last == .snapshot { return client }
        try client.updateTargets(targets())
        return client
    }
}

extension TrustedMetadata {
    /// Expects an update to be refused with `error` and to change nothing.
    func refuses(_ error: MetadataError, _ update: (inout TrustedMetadata) throws -> Void) -> Bool {
        var copy = self
        do {
            try update(&copy)
            return false
        } catch let found as MetadataError {
            return found == error && copy == self
        } catch {
            return false
        }
    }
}
