import CanonicalJSON
package import TUF

/// A recovery's plan with everything that was decided when it began.
///
/// - Shape: `{"compromised": [role], "projects": [name], "left": [role], "rolls_back": bool, "removed": {role: [key ID]}, "added": …,
///   "at_least": {role: version}, "known_good": sha256 or null}`; `added` as ``KeyChanges``.
package struct StoredPlan: Sendable {
    package let plan: RecoveryPlan
    /// The keys that no role may name any more.
    package let removed: [RoleName: [KeyID]]
    /// New keys and thresholds of offline roles.
    package let added: KeyChanges
    /// Versions that new offline metadata must not be lower than.
    package var atLeast = VersionFloors()
    /// SHA-256 of the archive, hexadecimal; nil where there is none.
    package let knownGood: String?

    package init(plan: RecoveryPlan, removed: [RoleName: [KeyID]], added: KeyChanges, knownGood: String?) {
        self.plan = plan
        self.removed = removed
        self.added = added
        self.knownGood = knownGood
    }

    package init(parsing bytes: [UInt8]) throws {
        let fields = try WireFields(
            JSONValue(parsing: bytes),
            allowing: [
                "compromised", "projects", "left", "rolls_back", "removed", "added", "at_least", "known_good",
            ])
        plan = try RecoveryPlan(
            compromised: Set(fields.strings("compromised").map { try RoleName($0) }),
            projects: fields.strings("projects"),
            leaving: Set(fields.strings("left").map { try RoleName($0) }),
            rollingBack: fields["rolls_back"]?.bool ?? false)
        removed = try KeyChanges(json: ["remove": .object(fields.object("removed"))]).remove
        added = try KeyChanges(json: fields.required("added"))
        atLeast = try VersionFloors(fields.object("at_least"))
        knownGood = fields["known_good"]?.string
    }

    package var encoded: [UInt8] {
        var removal = KeyChanges()
        removal.remove = removed
        let object: JSONObject = [
            "compromised": .array(plan.compromised.sorted().map { .string($0.text) }),
            "projects": .array(plan.projects.map { .string($0) }),
            "left": .array(plan.left.sorted().map { .string($0.text) }),
            "rolls_back": .bool(plan.rollsBack), "removed": removal.json["remove"] ?? .null,
            "added": .object(added.json),
            "at_least": .object(atLeast.json), "known_good": knownGood.map { .string($0) } ?? .null,
        ]
        return JSONValue.object(object).canonicalBytes()
    }

    /// What has to change where a role still names keys that were stolen.
    ///
    /// - Parameters:
    ///   - roles: those that one draft can change.
    ///   - named: the keys that each role has now.
    ///   - made: the new keys of online roles.
    /// - Returns: nil where nothing is left to do.
    package func changes(
        of roles: [RoleName], named: [RoleName: RoleKeys], made: [RoleName: PublicKey]
    ) -> KeyChanges? {
        let open = roles.filter { role in
            let gone = removed[role] ?? []
            return named[role].map { $0.keyIDs.contains(where: gone.contains) } ?? false
        }
        guard !open.isEmpty else { return nil }
        var new = added
        for (role, key) in made { new.add[role] = [key] }
        return plan.changes(of: open, removing: removed, adding: new)
    }
}

extension RecoveryPlan {
    /// The offline roles for which too few keys would be left.
    ///
    /// - Parameters:
    ///   - given: new keys and thresholds.
    ///   - safe: keys that stay.
    ///   - named: the keys that each role has now.
    package func lackingKeys(
        given: KeyChanges, safe: [RoleName: [KeyID]], named: [RoleName: RoleKeys]
    ) -> [RoleName] {
        replaced.filter { role in
            guard !Self.online.contains(role) else { return false }
            let count = (given.add[role]?.count ?? 0) + (safe[role]?.count ?? 0)
            return count < (given.thresholds[role] ?? named[role]?.threshold ?? 1)
        }
    }
}
