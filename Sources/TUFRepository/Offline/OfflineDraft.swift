package import CanonicalJSON
package import TUF

/// New metadata of roles that are signed offline, on its way to the holders of their keys and back.
///
/// A draft holds what the metadata follows from and the signatures made so far, never the metadata itself: whoever
/// signs makes that again, from what their own root vouches for, and sees what it changes.
///
/// - Shape: `{"_type", "_version": 1, "roots": […], "signatures": {role: […]}, …}`, and what the kind needs.
package protocol OfflineDraft: JointlySigned {
    static var type: String { get }
    /// Every root of the repository, oldest first.
    var roots: [[UInt8]] { get }
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

extension OfflineDraft {
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
