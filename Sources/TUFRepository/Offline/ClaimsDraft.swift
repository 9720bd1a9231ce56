package import CanonicalJSON
package import TUF

/// The next `claimed`, with the shards that change.
///
/// - Shape: `"targets"`, `"published": {role: …}`, `"evidence": {project: its role's metadata}`,
///   `"withdrawn": [project]`, `"expires"`, `"shard_size"`.
package struct ClaimsDraft: OfflineDraft {
    package static let type = "bonded-claims-draft"

    package let roots: [[UInt8]]
    package let targets: Envelope<Targets>
    /// `claimed` and its shards, as they are public.
    package let published: [RoleName: Envelope<Targets>]
    /// The metadata of each project that is new or has other maintainers, by normalized name.
    package let evidence: [String: Envelope<Targets>]
    /// Projects that the index signs for again.
    package let withdrawn: Set<String>
    package let expires: MetadataTime
    package let shardSize: Int
    package var signatures: [RoleName: [Signature]]

    package let before: ClaimedRoles
    package let after: ClaimedRoles
    package let roles: [RoleName: UnsignedRole]

    /// - Throws: ``TransactionRefusal`` `.delegation`, `.maintainers`; `MetadataError`.
    package init(
        roots: [[UInt8]], targets: Envelope<Targets>, published: [RoleName: Envelope<Targets>],
        evidence: [String: Envelope<Targets>], withdrawn: Set<String> = [], expires: MetadataTime,
        shardSize: Int,
        signatures: [RoleName: [Signature]] = [:]
    ) throws {
        guard shardSize >= 1, let claimed = published[.claimed] else {
            throw TransactionRefusal(.draft, "The draft does not hold the published 'claimed'.")
        }
        guard let keys = targets.payload.delegations?.roleKeys(of: .claimed) else {
            throw TransactionRefusal(
                .delegation, role: "targets", "Role 'targets' delegates to no 'claimed'.")
        }
        let publicKeys = (targets.payload.delegations?.keys ?? [:]).filter { keys.keyIDs.contains($0.key) }
        let authority = RoleAuthority(name: "the keys of 'claimed'", keys: keys, publicKeys: publicKeys)
        before = try ClaimedRoles(reading: claimed.payload, shards: published.mapValues(\.payload))
        guard withdrawn.isDisjoint(with: evidence.keys) else {
            throw TransactionRefusal(.draft, "A project is withdrawn and claimed at once.")
        }
        after = try before.removing(withdrawn).setting(
            evidence.mapValues { try Self.maintainers(in: $0) }, shardSize: shardSize)
        let old = try before.delegations(keys: keys, publicKeys: publicKeys)
        var roles: [RoleName: UnsignedRole] = [:]
        for (role, delegations) in try after.delegations(keys: keys, publicKeys: publicKeys)
        where role == .claimed || old[role] != delegations {
            let payload = try Targets(
                version: VersionFloors().successor(of: published[role]?.payload.version ?? 0, as: role),
                expires: expires, targets: [:],
                delegations: delegations)
            roles[role] = UnsignedRole(
                document: .targets(Envelope(unsigned: payload)), authorities: [authority])
        }
        self.roles = roles
        self.roots = roots
        self.targets = targets
        self.published = published
        self.evidence = evidence
        self.withdrawn = withdrawn
        self.expires = expires
        self.shardSize = shardSize
        self.signatures = signatures
    }

    package init(roots: [[UInt8]], inputs: JSONObject, signatures: [RoleName: [Signature]]) throws {
        let fields = try WireFields(
            .object(inputs),
            allowing: ["targets", "published", "evidence", "withdrawn", "expires", "shard_size"])
        var evidence: [String: Envelope<Targets>] = [:]
        for (project, value) in try fields.object("evidence").members {
            evidence[project] = try Envelope(parsing: value.jsonBytes())
        }
        try self.init(
            roots: roots, targets: Envelope(parsing: fields.required("targets").jsonBytes()),
            published: PublishedTargets.read(fields.object("published")),
            evidence: evidence, withdrawn: Set(fields["withdrawn"] == nil ? [] : fields.strings("withdrawn")),
            expires: MetadataTime(parsing: fields.string("expires")),
            shardSize: fields.integer("shard_size"), signatures: signatures)
    }

    package var inputs: JSONObject {
        get throws {
            return [
                "targets": try JSONValue(parsing: targets.encoded()),
                "published": try PublishedTargets.json(published),
                "evidence": .object(
                    JSONObject(try evidence.map { ($0.key, try JSONValue(parsing: $0.value.encoded())) })),
                "withdrawn": .array(withdrawn.sorted().map { .string($0) }),
                "expires": .string(expires.description), "shard_size": .integer(shardSize),
            ]
        }
    }

    private static func maintainers(in role: Envelope<Targets>) throws -> Maintainers {
        guard let field = role.payload.unrecognized[Maintainers.field] else {
            throw TransactionRefusal(.maintainers, "A project's metadata does not say who maintains it.")
        }
        return try Maintainers(json: field)
    }
}
