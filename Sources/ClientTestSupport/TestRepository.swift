package import CanonicalJSON
package import TUF

/// A repository whose every document can be changed before it is signed.
package struct TestRepository: Sendable {
    package static let now = MetadataTime(secondsSinceEpoch: 1_800_000_000)
    package static let past = now

    /// Seeds of the keys that a role lists.
    package var keys: [RoleName: [UInt8]] = [.root: [1, 2], .timestamp: [3], .snapshot: [4], .targets: [5]]
    /// Seeds of the keys that sign, where other than those listed.
    package var signers: [RoleName: [UInt8]] = [:]
    package var rootThreshold = 2
    package var rootVersion = 1
    package var timestampVersion = 1
    package var snapshotVersion = 1
    /// What timestamp says of snapshot, where other than its version and hash.
    package var timestampMeta: MetaFile?
    /// What snapshot lists besides the roles of `targets`, or other than their versions.
    package var snapshotMeta: [RoleName: MetaFile] = [:]
    package var snapshotOmits: Set<RoleName> = []
    package var expiry: [RoleName: MetadataTime] = [:]
    /// The targets roles: version, files, delegations.
    package var roles: [RoleName: (version: Int, files: [String], delegations: Delegations?)] = [
        .targets: (1, [], nil)
    ]
    /// What files consist of, where of other than their own paths.
    package var contents: [String: [UInt8]] = [:]
    /// Further members of the targets roles.
    package var members: [RoleName: JSONObject] = [:]
    package var isConsistent = true

    package init() {}

    package func bytes(of path: String) -> [UInt8] { contents[path] ?? Array(path.utf8) }

    package func expires(_ role: RoleName) -> MetadataTime {
        expiry[role] ?? Self.now.advanced(bySeconds: 3_600)
    }

    package func sign<Payload: MetadataPayload>(_ payload: Payload, as role: RoleName) throws -> [UInt8] {
        let keys = try (signers[role] ?? keys[role] ?? []).map { try TestKey($0) }
        return Envelope(signing: payload) { bytes in keys.map { $0.sign(bytes) } }.encoded()
    }

    package func root() throws -> [UInt8] {
        var table: [KeyID: PublicKey] = [:]
        var roleKeys: [RoleName: RoleKeys] = [:]
        for role in RoleName.topLevel {
            let keys = try (keys[role] ?? []).map { try TestKey($0).publicKey }
            for key in keys { table[key.id] = key }
            roleKeys[role] = try RoleKeys(
                keyIDs: keys.map(\.id), threshold: role == .root ? rootThreshold : 1)
        }
        return try sign(
            Root(
                version: rootVersion, expires: expires(.root), keys: table, roles: roleKeys,
                consistentSnapshot: isConsistent),
            as: .root)
    }

    package func snapshot() throws -> [UInt8] {
        var meta: [RoleName: MetaFile] = [:]
        for (role, content) in roles where !snapshotOmits.contains(role) {
            meta[role] = try MetaFile(version: content.version)
        }
        meta.merge(snapshotMeta) { $1 }
        return try sign(
            Snapshot(version: snapshotVersion, expires: expires(.snapshot), meta: meta), as: .snapshot)
    }

    package func timestamp() throws -> [UInt8] {
        let meta = try timestampMeta ?? MetaFile(version: snapshotVersion, describing: snapshot())
        return try sign(
            Timestamp(version: timestampVersion, expires: expires(.timestamp), snapshot: meta), as: .timestamp
        )
    }

    package func targets(_ role: RoleName = .targets) throws -> [UInt8] {
        let content = roles[role] ?? (1, [], nil)
        var files: [TargetPath: TargetFile] = [:]
        for path in content.files {
            files[try TargetPath(path)] = try TargetFile(describing: bytes(of: path))
        }
        return try sign(
            Targets(
                version: content.version, expires: expires(role), targets: files,
                delegations: content.delegations, unrecognized: members[role] ?? [:]),
            as: role)
    }

    /// Adds a role with its own key to the delegations of `delegator`.
    package mutating func delegate(
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
    package mutating func delegateBins(bits: Int, from delegator: RoleName = .targets, seed: UInt8) throws {
        let key = try TestKey(seed)
        let bins = try SuccinctRoles(
            keys: try RoleKeys(keyIDs: [key.id], threshold: 1), bitLength: bits, namePrefix: "bin")
        roles[delegator]?.delegations = try Delegations(keys: [key.id: key.publicKey], succinct: bins)
        for bin in bins.roleNames {
            roles[bin] = (1, [], nil)
            keys[bin] = [seed]
        }
    }

    /// Lets the next snapshot and timestamp tell of what changed.
    package mutating func advance() {
        snapshotVersion += 1
        timestampVersion += 1
    }

    /// Everything that is public, by path: `tuf/metadata/` and `tuf/targets/`.
    package func files() throws -> [String: [UInt8]] {
        func versioned(_ version: Int) -> String { isConsistent ? "\(version)." : "" }
        var files = [
            "\(rootVersion).root": try root(), "timestamp": try timestamp(),
            versioned(snapshotVersion) + "snapshot": try snapshot(),
        ]
        for (role, content) in roles {
            files[versioned(content.version) + role.fileStem] = try targets(role)
        }
        var published: [String: [UInt8]] = [:]
        for (name, bytes) in files { published["tuf/metadata/\(name).json"] = bytes }
        for path in roles.values.flatMap(\.files) {
            published[address(of: path)] = bytes(of: path)
        }
        return published
    }

    /// Where a file is public.
    package func address(of path: String) -> String {
        var segments = path.split(separator: "/").map(String.init)
        let name = segments.removeLast()
        segments.append(isConsistent ? "\(Digest.sha256Hex(bytes(of: path))).\(name)" : name)
        return "tuf/targets/" + segments.joined(separator: "/")
    }
}
