import CanonicalJSON
package import TUF

/// The next `claimed`, on its way to the people who sign it offline and back.
///
/// It holds what the new metadata follows from and the signatures made so far, never the metadata itself: whoever
/// signs makes that again, from metadata that root vouches for and from what maintainers have signed themselves.
///
/// - Shape: `{"_type": "bonded-claims-draft", "_version": 1, "roots": […], "targets": …, "published": {role: …},
///   "evidence": {project: its role's metadata}, "expires", "shard_size", "signatures": {role: […]}}`.
package struct ClaimsDraft: Sendable {
    /// Every root of the repository, oldest first.
    package let roots: [[UInt8]]
    package let targets: Envelope<Targets>
    /// `claimed` and its shards, as they are public.
    package let published: [RoleName: Envelope<Targets>]
    /// The metadata of each project that is new or has other maintainers, by normalized name.
    package let evidence: [String: Envelope<Targets>]
    package let expires: MetadataTime
    package let shardSize: Int
    /// Over the roles that are to be signed.
    package private(set) var signatures: [RoleName: [Signature]]

    package let before: ClaimedRoles
    package let after: ClaimedRoles
    /// What is to be signed: `claimed`, and the shards that change.
    package let roles: [RoleName: Envelope<Targets>]

    /// - Throws: ``TransactionRefusal`` `.delegation`, `.maintainers`; `MetadataError`.
    package init(
        roots: [[UInt8]], targets: Envelope<Targets>, published: [RoleName: Envelope<Targets>],
        evidence: [String: Envelope<Targets>], expires: MetadataTime, shardSize: Int,
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
        before = try ClaimedRoles(reading: claimed.payload, shards: published.mapValues(\.payload))
        after = before.setting(try evidence.mapValues { try Self.maintainers(in: $0) }, shardSize: shardSize)
        let old = try before.delegations(keys: keys, publicKeys: publicKeys)
        var roles: [RoleName: Envelope<Targets>] = [:]
        for (role, delegations) in try after.delegations(keys: keys, publicKeys: publicKeys)
        where role == .claimed || old[role] != delegations {
            let version = (published[role]?.payload.version ?? 0) + 1
            let payload = try Targets(
                version: version, expires: expires, targets: [:], delegations: delegations)
            roles[role] = Envelope(unsigned: payload)
        }
        self.roles = roles
        self.roots = roots
        self.targets = targets
        self.published = published
        self.evidence = evidence
        self.expires = expires
        self.shardSize = shardSize
        self.signatures = signatures
    }

    /// Who signs `claimed` and its shards.
    package var authority: RoleKeys? { targets.payload.delegations?.roleKeys(of: .claimed) }

    private static func maintainers(in role: Envelope<Targets>) throws -> Maintainers {
        guard let field = role.payload.unrecognized[Maintainers.field] else {
            throw TransactionRefusal(.maintainers, "A project's metadata does not say who maintains it.")
        }
        return try Maintainers(json: field)
    }
}

extension ClaimsDraft {
    /// With these signatures too; one of a key takes the place of an earlier one.
    package func adding(_ new: [RoleName: [Signature]]) -> ClaimsDraft {
        var next = self
        for (role, made) in new {
            let keyIDs = Set(made.map(\.keyID))
            next.signatures[role] = (next.signatures[role] ?? []).filter { !keyIDs.contains($0.keyID) } + made
        }
        return next
    }

    /// The keys that have signed every role, in order.
    package var signers: [KeyID] {
        let valid = roles.map { role, envelope in
            authority?.verify(
                signatures[role] ?? [], over: envelope.signedBytes,
                keys: targets.payload.delegations?.keys ?? [:])
                ?? []
        }
        guard let first = valid.first else { return [] }
        return valid.reduce(first) { $0.intersection($1) }.sorted()
    }

    /// The metadata with its signatures, `claimed` first.
    ///
    /// - Throws: ``TransactionRefusal`` `.threshold` where too few have signed, `.expired`.
    package func signedRoles(now: MetadataTime) throws(TransactionRefusal) -> [SignedRole] {
        let threshold = authority?.threshold ?? Int.max
        guard signers.count >= threshold else {
            throw TransactionRefusal(
                .threshold, role: "claimed", value: "\(signers.count)",
                "\(signers.count) of \(threshold) holders have signed.")
        }
        guard expires > now else {
            throw TransactionRefusal(
                .expired, role: "claimed", value: expires.description, "The draft has expired; make another.")
        }
        let valid = Set(signers)
        return roles.sorted { $0.key < $1.key }.map { role, unsigned in
            let envelope = (signatures[role] ?? []).filter { valid.contains($0.keyID) }
                .reduce(unsigned) { $0.adding($1) }
            return SignedRole(
                name: role, version: unsigned.payload.version, expires: expires, bytes: envelope.encoded())
        }
    }
}

extension ClaimsDraft {
    package init(parsing bytes: [UInt8]) throws {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw TransactionRefusal(.draft, "This is no draft: \(error).")
        }
        let fields = try WireFields(
            value,
            allowing: [
                "_type", "_version", "roots", "targets", "published", "evidence", "expires", "shard_size",
                "signatures",
            ])
        guard try fields.string("_type") == Self.type, try fields.integer("_version") == Self.version else {
            throw TransactionRefusal(
                .draft, "This is no draft of 'claimed', or of another version of this software.")
        }
        func envelope(_ value: JSONValue) throws -> Envelope<Targets> {
            try Envelope(parsing: value.jsonBytes())
        }
        var published: [RoleName: Envelope<Targets>] = [:]
        for (role, value) in try fields.object("published").members {
            published[try RoleName(role)] = try envelope(value)
        }
        var evidence: [String: Envelope<Targets>] = [:]
        for (project, value) in try fields.object("evidence").members {
            evidence[project] = try envelope(value)
        }
        var signatures: [RoleName: [Signature]] = [:]
        for (role, made) in try fields.object("signatures").members {
            signatures[try RoleName(role)] = try (made.array ?? []).map { try Signature(json: $0) }
        }
        try self.init(
            roots: fields.array("roots").map { $0.jsonBytes() },
            targets: envelope(fields.required("targets")),
            published: published, evidence: evidence,
            expires: MetadataTime(parsing: fields.string("expires")),
            shardSize: fields.integer("shard_size"), signatures: signatures)
    }

    package func encoded() throws -> [UInt8] {
        func object(_ envelopes: some Sequence<(String, Envelope<Targets>)>) throws -> JSONValue {
            .object(JSONObject(try envelopes.map { ($0, try JSONValue(parsing: $1.encoded())) }))
        }
        let document: JSONObject = [
            "_type": .string(Self.type), "_version": .integer(Self.version),
            "roots": .array(try roots.map { try JSONValue(parsing: $0) }),
            "targets": try JSONValue(parsing: targets.encoded()),
            "published": try object(published.map { ($0.key.text, $0.value) }),
            "evidence": try object(evidence.map { ($0.key, $0.value) }),
            "expires": .string(expires.description), "shard_size": .integer(shardSize),
            "signatures": .object(
                JSONObject(signatures.map { ($0.key.text, .array($0.value.map { .object($0.json) })) })),
        ]
        return JSONValue.object(document).jsonBytes()
    }

    private static let type = "bonded-claims-draft"
    private static let version = 1
}
