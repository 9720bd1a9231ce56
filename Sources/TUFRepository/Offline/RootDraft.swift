package import CanonicalJSON
package import TUF

/// The next root, and with it `targets` where the present one is not signed by enough of the keys that will count.
///
/// The old threshold and the new one sign the root (TUF §5.3.4).
///
/// - Shape: `"targets"`: as it is published, `"changes"`, `"expires"`, `"at_least"`.
package struct RootDraft: OfflineDraft {
    package static let type = "bonded-root-draft"

    package let roots: [[UInt8]]
    package let targets: Envelope<Targets>
    package let changes: KeyChanges
    package let expires: MetadataTime
    /// The version of `targets` follows the published one and is no lower than this.
    package let atLeast: VersionFloors
    package var signatures: [RoleName: [Signature]]

    package let before: Root
    package let after: Root
    package let roles: [RoleName: UnsignedRole]

    /// - Throws: ``TransactionRefusal``, `MetadataError`.
    package init(
        roots: [[UInt8]], targets: Envelope<Targets>, changes: KeyChanges, expires: MetadataTime,
        atLeast: VersionFloors = VersionFloors(), signatures: [RoleName: [Signature]] = [:]
    ) throws {
        guard let newest = roots.last else { throw TransactionRefusal(.draft, "The draft holds no root.") }
        before = try Envelope<Root>(parsing: newest).payload
        after = try Self.next(before, changes, expires)
        var roles: [RoleName: UnsignedRole] = [
            .root: UnsignedRole(
                document: .root(Envelope(unsigned: after)),
                authorities: [
                    try before.authority(of: .root, named: "the present root keys"),
                    try after.authority(of: .root, named: "the next root keys"),
                ])
        ]
        if (try? after.requireThreshold(of: .targets, on: targets)) == nil {
            let next = try Targets(
                version: atLeast.successor(of: targets.payload.version, as: .targets), expires: expires,
                targets: targets.payload.targets,
                delegations: targets.payload.delegations, unrecognized: targets.payload.unrecognized)
            roles[.targets] = UnsignedRole(
                document: .targets(Envelope(unsigned: next)),
                authorities: [try after.authority(of: .targets, named: "the next targets keys")])
        }
        self.roles = roles
        self.roots = roots
        self.targets = targets
        self.changes = changes
        self.expires = expires
        self.atLeast = atLeast
        self.signatures = signatures
    }

    package init(roots: [[UInt8]], inputs: JSONObject, signatures: [RoleName: [Signature]]) throws {
        let fields = try WireFields(.object(inputs), allowing: ["targets", "changes", "expires", "at_least"])
        try self.init(
            roots: roots, targets: Envelope(parsing: fields.required("targets").jsonBytes()),
            changes: KeyChanges(json: fields.required("changes")),
            expires: MetadataTime(parsing: fields.string("expires")),
            atLeast: VersionFloors(fields.optionalObject("at_least")), signatures: signatures)
    }

    package var inputs: JSONObject {
        get throws {
            [
                "targets": try JSONValue(parsing: targets.encoded()), "changes": .object(changes.json),
                "expires": .string(expires.description), "at_least": .object(atLeast.json),
            ]
        }
    }

    package func review(trustedRoot root: [UInt8]) throws -> [String] {
        let newest = try Root.newest(from: root, roots).payload
        guard newest.json == before.json else {
            throw MetadataError.unexpectedVersion(
                role: .root, expected: newest.version, found: before.version)
        }
        try newest.requireThreshold(of: .targets, on: targets)
        var lines: [String] = []
        for name in RoleName.topLevel {
            guard let old = before.roles[name], let new = after.roles[name] else { continue }
            lines += describe(name, from: old, to: new)
        }
        return lines + signedLines
    }

    private static func next(_ root: Root, _ changes: KeyChanges, _ expires: MetadataTime) throws -> Root {
        try changes.require(only: RoleName.topLevel, of: "Root")
        let (version, overflow) = root.version.addingReportingOverflow(1)
        guard !overflow else { throw MetadataError.versionNotPositive(version) }
        var roles = root.roles
        for (name, keys) in root.roles { roles[name] = try changes.keys(of: name, now: keys) }
        return try Root(
            version: version, expires: expires, keys: changes.table(root.keys, usedBy: roles.values),
            roles: roles, consistentSnapshot: root.consistentSnapshot, unrecognized: root.unrecognized)
    }
}
