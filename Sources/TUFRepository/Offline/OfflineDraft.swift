package import CanonicalJSON
package import TUF

/// New metadata of roles that are signed offline, on its way to the holders of their keys and back.
///
/// A draft holds what the metadata follows from and the signatures made so far, never the metadata itself: whoever
/// signs makes that again, from what their own root vouches for, and sees what it changes.
///
/// - Shape: `{"_type", "_version": 1, "roots": […], "signatures": {role: […]}, …}`, and what the kind needs.
package protocol OfflineDraft: Sendable {
    static var type: String { get }
    /// Every root of the repository, oldest first.
    var roots: [[UInt8]] { get }
    /// What is to be signed.
    var roles: [RoleName: UnsignedRole] { get }
    var signatures: [RoleName: [Signature]] { get set }
    /// What the metadata follows from, besides `roots`.
    var inputs: JSONObject { get throws }

    init(roots: [[UInt8]], inputs: JSONObject, signatures: [RoleName: [Signature]]) throws

    /// Verifies everything that the draft follows from.
    ///
    /// - Parameter root: bytes of a root that is trusted; later ones are followed from there.
    /// - Returns: for people, a line for each change.
    /// - Throws: `MetadataError`, ``TransactionRefusal``.
    func review(trustedRoot root: [UInt8]) throws -> [String]
}

/// Whose signatures a role needs.
package struct RoleAuthority: Hashable, Sendable {
    /// Among people: "the keys of claimed".
    package let name: String
    package let keys: RoleKeys
    package let publicKeys: [KeyID: PublicKey]
}

/// Metadata to be signed, and by whom: by each authority's threshold.
package struct UnsignedRole: Hashable, Sendable {
    package enum Document: Hashable, Sendable {
        case root(Envelope<Root>)
        case targets(Envelope<Targets>)
    }

    package let document: Document
    package let authorities: [RoleAuthority]

    package var version: Int {
        switch document {
        case .root(let envelope): envelope.payload.version
        case .targets(let envelope): envelope.payload.version
        }
    }

    package var expires: MetadataTime {
        switch document {
        case .root(let envelope): envelope.payload.expires
        case .targets(let envelope): envelope.payload.expires
        }
    }

    package var signedBytes: [UInt8] {
        switch document {
        case .root(let envelope): envelope.signedBytes
        case .targets(let envelope): envelope.signedBytes
        }
    }

    /// The keys of an authority that have signed, in order.
    func signers(of authority: RoleAuthority, _ signatures: [Signature]) -> [KeyID] {
        authority.keys.verify(signatures, over: signedBytes, keys: authority.publicKeys).sorted()
    }

    func encoded(with signatures: [Signature]) -> [UInt8] {
        switch document {
        case .root(let envelope): signatures.reduce(envelope) { $0.adding($1) }.encoded()
        case .targets(let envelope): signatures.reduce(envelope) { $0.adding($1) }.encoded()
        }
    }
}

extension OfflineDraft {
    /// For each role and authority, which keys have signed and how many must.
    package var standings: [(role: RoleName, authority: RoleAuthority, signed: [KeyID])] {
        roles.sorted { $0.key < $1.key }.flatMap { name, role in
            role.authorities.map { (name, $0, role.signers(of: $0, signatures[name] ?? [])) }
        }
    }

    package var isComplete: Bool {
        standings.allSatisfy { $0.signed.count >= $0.authority.keys.threshold }
    }

    /// Every key that has signed something that counts.
    package var signers: Set<KeyID> { Set(standings.flatMap(\.signed)) }

    /// For people, how far the signatures go, a line for each authority that differs.
    package var progress: [String] {
        var lines: [String] = []
        for (_, authority, signed) in standings {
            let line = "\(signed.count) of \(authority.keys.threshold) of \(authority.name) have signed"
            if !lines.contains(line) { lines.append(line) }
        }
        return lines
    }

    /// Why a signature adds nothing to this draft, for people; nil where it does.
    package func fault(of signature: Signature, on role: RoleName) -> String? {
        let key = "Key \(signature.keyID.hex)"
        guard let unsigned = roles[role] else { return "The draft does not sign '\(role)'." }
        let authorities = unsigned.authorities.filter { $0.keys.keyIDs.contains(signature.keyID) }
        guard !authorities.isEmpty else {
            return "\(key) does not sign '\(role)': it was never named, or was taken off the role."
        }
        guard !authorities.contains(where: { unsigned.signers(of: $0, [signature]).isEmpty }) else {
            return "The signature of \(key) is not over version \(unsigned.version) of '\(role)' as drafted."
        }
        let hasSigned = authorities.contains {
            unsigned.signers(of: $0, signatures[role] ?? []).contains(signature.keyID)
        }
        return hasSigned ? "\(key) has signed '\(role)' already." : nil
    }

    var signedLines: [String] {
        roles.sorted { $0.key < $1.key }.map { name, role in
            "signs    \(name) version \(role.version), good until \(role.expires)"
        }
    }

    /// With these signatures too; one of a key takes the place of an earlier one.
    package func adding(_ new: [RoleName: [Signature]]) -> Self {
        var next = self
        for (role, made) in new {
            let keyIDs = Set(made.map(\.keyID))
            next.signatures[role] =
                (next.signatures[role] ?? []).filter { !keyIDs.contains($0.keyID) } + made
        }
        return next
    }

    /// What a key is asked to sign.
    package func messages(for key: KeyID) -> [RoleName: [UInt8]] {
        roles.filter { $0.value.authorities.contains { $0.keys.keyIDs.contains(key) } }
            .mapValues(\.signedBytes)
    }

    /// The metadata with its signatures, in order of the roles' names.
    ///
    /// - Throws: ``TransactionRefusal`` `.threshold` where too few have signed, `.expired`.
    package func signedRoles(now: MetadataTime) throws(TransactionRefusal) -> [SignedRole] {
        guard isComplete else {
            throw TransactionRefusal(.threshold, progress.joined(separator: "; ") + ".")
        }
        if let expired = roles.first(where: { $0.value.expires <= now }) {
            throw TransactionRefusal(
                .expired, role: expired.key.text, value: expired.value.expires.description,
                "The draft has expired; make another.")
        }
        return roles.sorted { $0.key < $1.key }.map { name, role in
            let valid = Set(role.authorities.flatMap { role.signers(of: $0, signatures[name] ?? []) })
            let counting = (signatures[name] ?? []).filter { valid.contains($0.keyID) }
            return SignedRole(
                name: name, version: role.version, expires: role.expires,
                bytes: role.encoded(with: counting))
        }
    }

    package func encoded() throws -> [UInt8] {
        let common: JSONObject = [
            "_type": .string(Self.type), "_version": 1,
            "roots": .array(try roots.map { try JSONValue(parsing: $0) }),
            "signatures": .object(
                JSONObject(signatures.map { ($0.key.text, .array($0.value.map { .object($0.json) })) })),
        ]
        return JSONValue.object(common.merging(try inputs)).jsonBytes()
    }
}

/// Reads whichever kind of draft a file holds.
package enum OfflineDrafts {
    private static let kinds: [any OfflineDraft.Type] = [ClaimsDraft.self, RootDraft.self, TargetsDraft.self]

    /// - Throws: ``TransactionRefusal`` `.draft` for what is none; what the kind throws.
    package static func parse(_ bytes: [UInt8]) throws -> any OfflineDraft {
        guard var inputs = (try? JSONValue(parsing: bytes))?.object else {
            throw TransactionRefusal(.draft, "This is no draft: it is not a JSON object.")
        }
        let type = inputs["_type"]?.string
        guard let kind = kinds.first(where: { $0.type == type }), inputs["_version"]?.integer == 1,
            let roots = inputs["roots"]?.array, let signatures = inputs["signatures"]?.object
        else {
            throw TransactionRefusal(.draft, "This is no draft, or one of another version of this software.")
        }
        for member in ["_type", "_version", "roots", "signatures"] { inputs[member] = nil }
        var made: [RoleName: [Signature]] = [:]
        for (role, list) in signatures.members {
            made[try RoleName(role)] = try (list.array ?? []).map { try Signature(json: $0) }
        }
        return try kind.init(roots: roots.map { $0.jsonBytes() }, inputs: inputs, signatures: made)
    }
}

extension Root {
    /// The newest of a chain of roots, each signed by the threshold of the one before and by its own.
    ///
    /// - Parameters:
    ///   - trusted: bytes of a root that is trusted.
    ///   - roots: the chain, oldest first; those that are not newer are passed over.
    /// - Source: TUF §5.3.
    static func newest(from trusted: [UInt8], _ roots: [[UInt8]]) throws -> Envelope<Root> {
        var current = try Envelope<Root>(parsing: trusted)
        try current.payload.requireThreshold(of: .root, on: current)
        for bytes in roots {
            let next = try Envelope<Root>(parsing: bytes)
            guard next.payload.version > current.payload.version else { continue }
            guard next.payload.version == current.payload.version + 1 else {
                throw MetadataError.unexpectedVersion(
                    role: .root, expected: current.payload.version + 1, found: next.payload.version)
            }
            try current.payload.requireThreshold(of: .root, on: next)
            try next.payload.requireThreshold(of: .root, on: next)
            current = next
        }
        return current
    }

    /// Who signs a top-level role.
    func authority(of role: RoleName, named name: String) throws -> RoleAuthority {
        guard let roleKeys = roles[role] else { throw MetadataError.missingRole(role) }
        return RoleAuthority(
            name: name, keys: roleKeys, publicKeys: keys.filter { roleKeys.keyIDs.contains($0.key) })
    }
}
