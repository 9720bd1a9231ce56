package import CanonicalJSON
package import TUF

/// The next `targets` with other keys for what it delegates to, the next `unclaimed` with other keys for the bins, and
/// whatever has to be signed anew for that. Without any change it renews what it names.
///
/// A new number of bins is a new layout, with names of its own.
///
/// - Shape: `"targets"`, `"published": {role: …}`: `claimed`, its shards and `unclaimed` as they are public,
///   `"changes"`, `"renew": [role]`, `"bin_bit_length"`, `"expires"`, `"at_least"`.
package struct TargetsDraft: OfflineDraft {
    package static let type = "bonded-targets-draft"
    /// What the key of every bin is called in changes; no role has this name.
    package static let bins: RoleName = "bins"

    package let roots: [[UInt8]]
    package let targets: Envelope<Targets>
    package let published: [RoleName: Envelope<Targets>]
    package let changes: KeyChanges
    package let renew: Set<RoleName>
    /// The bit length of a new layout of the bins; nil for the present one.
    package let binBitLength: Int?
    package let expires: MetadataTime
    /// Versions follow the published ones and are no lower than these.
    package let atLeast: VersionFloors
    package var signatures: [RoleName: [Signature]]

    /// What `targets` will delegate to.
    package let delegations: Delegations
    /// The bins as `unclaimed` will name them.
    package let succinct: SuccinctRoles
    package let binKeys: [KeyID: PublicKey]
    package let roles: [RoleName: UnsignedRole]

    package static let renewable: [RoleName] = [.targets, .claimed, .unclaimed]

    /// - Throws: ``TransactionRefusal``, `MetadataError`.
    package init(
        roots: [[UInt8]], targets: Envelope<Targets>, published: [RoleName: Envelope<Targets>],
        changes: KeyChanges, renew: Set<RoleName>, binBitLength: Int? = nil, expires: MetadataTime,
        atLeast: VersionFloors = VersionFloors(), signatures: [RoleName: [Signature]] = [:]
    ) throws {
        guard let newest = roots.last, let old = targets.payload.delegations,
            let unclaimed = published[.unclaimed], let bins = unclaimed.payload.delegations,
            let oldSuccinct = bins.succinct, let claimed = published[.claimed]
        else { throw TransactionRefusal(.draft, "The draft does not hold the published roles.") }
        try changes.require(
            only: [.claimed, .recentlyClaimed, .unclaimed, Self.bins], of: "Role 'targets'")
        guard renew.isSubset(of: Self.renewable) else {
            throw TransactionRefusal(.draft, "Only targets, claimed and unclaimed are renewed offline.")
        }
        delegations = try Self.delegations(old, changes)
        guard binBitLength != oldSuccinct.bitLength else {
            throw TransactionRefusal(
                .draft, value: "\(oldSuccinct.binCount)", "There are as many bins already.")
        }
        // A layout has names of its own: a client may have seen the old ones and never lets a snapshot lose them.
        succinct = try SuccinctRoles(
            keys: changes.keys(of: Self.bins, now: oldSuccinct.keys),
            bitLength: binBitLength ?? oldSuccinct.bitLength,
            namePrefix: binBitLength == nil
                ? oldSuccinct.namePrefix
                : "bin\(atLeast.successor(of: unclaimed.payload.version, as: .unclaimed))")
        binKeys = changes.table(bins.keys, usedBy: [succinct.keys])

        var all: [RoleName: UnsignedRole] = [:]
        let root = try Envelope<Root>(parsing: newest).payload
        if delegations != old || renew.contains(.targets) {
            all[.targets] = try Self.next(
                targets, delegations, expires, atLeast, as: .targets,
                by: root.authority(of: .targets, named: "the keys of 'targets'"))
        }
        let keys = try Self.authority(of: .claimed, in: delegations)
        if keys.keys != old.roleKeys(of: .claimed) || renew.contains(.claimed) {
            // Shards have the keys of `claimed`.
            let content = try ClaimedRoles(reading: claimed.payload, shards: published.mapValues(\.payload))
            for (role, delegations) in try content.delegations(keys: keys.keys, publicKeys: keys.publicKeys) {
                guard let envelope = published[role] else { continue }
                all[role] = try Self.next(envelope, delegations, expires, atLeast, as: role, by: keys)
            }
        }
        let isSignedByTooFew =
            (try? delegations.requireThreshold(of: .unclaimed, on: unclaimed, delegator: .targets)) == nil
        if isSignedByTooFew || succinct != oldSuccinct || renew.contains(.unclaimed) {
            all[.unclaimed] = try Self.next(
                unclaimed, Delegations(keys: binKeys, succinct: succinct), expires, atLeast, as: .unclaimed,
                by: Self.authority(of: .unclaimed, in: delegations))
        }
        guard !all.isEmpty else { throw TransactionRefusal(.draft, "Nothing would change.") }
        roles = all
        self.roots = roots
        self.targets = targets
        self.published = published
        self.changes = changes
        self.renew = renew
        self.binBitLength = binBitLength
        self.expires = expires
        self.atLeast = atLeast
        self.signatures = signatures
    }

    package init(roots: [[UInt8]], inputs: JSONObject, signatures: [RoleName: [Signature]]) throws {
        let fields = try WireFields(
            .object(inputs),
            allowing: [
                "targets", "published", "changes", "renew", "bin_bit_length", "expires", "at_least",
            ])
        try self.init(
            roots: roots, targets: Envelope(parsing: fields.required("targets").jsonBytes()),
            published: PublishedTargets.read(fields.object("published")),
            changes: KeyChanges(json: fields.required("changes")),
            renew: Set(fields.strings("renew").map { try RoleName($0) }),
            binBitLength: fields["bin_bit_length"] == nil ? nil : fields.integer("bin_bit_length"),
            expires: MetadataTime(parsing: fields.string("expires")),
            atLeast: VersionFloors(fields.optionalObject("at_least")), signatures: signatures)
    }

    package var inputs: JSONObject {
        get throws {
            [
                "targets": try JSONValue(parsing: targets.encoded()),
                "published": try PublishedTargets.json(published), "changes": .object(changes.json),
                "renew": .array(renew.sorted().map { .string($0.text) }),
                "bin_bit_length": binBitLength.map { .integer($0) } ?? .null,
                "expires": .string(expires.description), "at_least": .object(atLeast.json),
            ]
        }
    }

    package func review(trustedRoot root: [UInt8]) throws -> [String] {
        try PublishedTargets.verify(
            targets, published, from: Root.newest(from: root, roots), claimedBy: roots.last)
        var lines: [String] = []
        for role in targets.payload.delegations?.roles ?? [] {
            guard let new = delegations.roleKeys(of: role.name) else { continue }
            lines += describe(role.name, from: role.keys, to: new)
        }
        if let old = published[.unclaimed]?.payload.delegations?.succinct {
            lines += describe(Self.bins, from: old.keys, to: succinct.keys)
            if binBitLength != nil { lines.append("bins     \(old.binCount) -> \(succinct.binCount)") }
        }
        return lines + signedLines
    }

    private static func delegations(_ old: Delegations, _ changes: KeyChanges) throws -> Delegations {
        let roles = try old.roles.map { role in
            try DelegatedRole(
                name: role.name, keys: changes.keys(of: role.name, now: role.keys),
                terminating: role.terminating, paths: role.paths, unrecognized: role.unrecognized)
        }
        return try Delegations(
            keys: changes.table(old.keys, usedBy: roles.map(\.keys)), roles: roles,
            unrecognized: old.unrecognized)
    }

    private static func authority(of role: RoleName, in delegations: Delegations) throws -> RoleAuthority {
        guard let keys = delegations.roleKeys(of: role) else {
            throw TransactionRefusal(
                .delegation, role: "targets", value: role.text, "Role 'targets' delegates to no '\(role)'.")
        }
        return RoleAuthority(
            name: "the keys of '\(role)'", keys: keys,
            publicKeys: delegations.keys.filter { keys.keyIDs.contains($0.key) })
    }

    private static func next(
        _ envelope: Envelope<Targets>, _ delegations: Delegations?, _ expires: MetadataTime,
        _ atLeast: VersionFloors, as role: RoleName, by authority: RoleAuthority
    ) throws -> UnsignedRole {
        let payload = try Targets(
            version: atLeast.successor(of: envelope.payload.version, as: role), expires: expires,
            targets: envelope.payload.targets,
            delegations: delegations, unrecognized: envelope.payload.unrecognized)
        return UnsignedRole(document: .targets(Envelope(unsigned: payload)), authorities: [authority])
    }
}

/// The offline targets roles as they are public, on their way in a draft.
enum PublishedTargets {
    static func read(_ object: JSONObject) throws -> [RoleName: Envelope<Targets>] {
        var published: [RoleName: Envelope<Targets>] = [:]
        for (role, value) in object.members {
            published[try RoleName(role)] = try Envelope(parsing: value.jsonBytes())
        }
        return published
    }

    static func json(_ published: [RoleName: Envelope<Targets>]) throws -> JSONValue {
        .object(JSONObject(try published.map { ($0.key.text, try JSONValue(parsing: $0.value.encoded())) }))
    }

    /// - Parameters:
    ///   - root: the newest that the trusted one vouches for.
    ///   - bytes: the root that the draft goes by.
    /// - Throws: `MetadataError` where root does not vouch for one of these.
    static func verify(
        _ targets: Envelope<Targets>, _ published: [RoleName: Envelope<Targets>], from root: Envelope<Root>,
        claimedBy bytes: [UInt8]?
    ) throws {
        let drafted = try bytes.map { try Envelope<Root>(parsing: $0).payload }
        guard drafted?.json == root.payload.json else {
            throw MetadataError.unexpectedVersion(
                role: .root, expected: root.payload.version, found: drafted?.version ?? 0)
        }
        try root.payload.requireThreshold(of: .targets, on: targets)
        guard let delegations = targets.payload.delegations, let claimed = published[.claimed] else {
            throw MetadataError.notDelegated(.claimed, by: .targets)
        }
        for (role, envelope) in published {
            let isShard = ![.claimed, .unclaimed].contains(role)
            guard let delegations = isShard ? claimed.payload.delegations : delegations else {
                throw MetadataError.notDelegated(role, by: .claimed)
            }
            try delegations.requireThreshold(
                of: role, on: envelope, delegator: isShard ? .claimed : .targets)
        }
    }
}
