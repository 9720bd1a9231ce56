import CanonicalJSON
import Postgres
package import Signing
package import TUF
package import TUFRepository

/// How far a rotation of online keys has come. What there is to do follows from what is stored, so that it goes on from
/// wherever it was left.
package struct RotationStanding: Sendable {
    package enum Step: Sendable {
        /// `bonded sign` makes the new keys.
        case makingKeys
        /// The holders of offline keys sign a draft; `isOwn` where it is this rotation's.
        case signatures(any OfflineDraft, isOwn: Bool)
        /// A signed draft goes with the next snapshot.
        case publishing
        /// Both keys are named; `bonded sign` goes over to the new ones when clients have had time to learn of them.
        case overlapping
        /// The new keys alone are named.
        case finished
    }

    package let id: Int
    package let roles: [OnlineRole]
    package let step: Step
}

extension Warehouse {
    /// Begins to replace the keys of online roles, or goes on with it.
    ///
    /// - Throws: ``TransactionRefusal`` `.live` while a rotation of other roles is under way.
    package func beginRotation(of roles: Set<OnlineRole>) async throws {
        try await database.transaction { connection in
            let names = roles.map(\.rawValue).sorted()
            if let live = try connection.one(
                "SELECT roles FROM rotation WHERE finished_at IS NULL FOR UPDATE")
            {
                let under: [String] = try live.get("roles")
                guard under == names else {
                    throw TransactionRefusal(
                        .live, value: under.joined(separator: ", "),
                        "The keys of \(under.joined(separator: ", ")) are being replaced; finish that first.")
                }
                return
            }
            try connection.execute("INSERT INTO rotation (roles) VALUES (\(names))")
            try Self.requestKeys(of: roles, connection)
            try Self.log(
                .rotationBegun, ["roles": .array(names.map { .string($0) })], connection)
        }
    }

    /// Does whatever of the rotation under way can be done now.
    ///
    /// - Parameter expires: of offline metadata that it drafts.
    /// - Returns: nil where none is under way.
    package func advanceRotation(expires: MetadataTime) async throws -> RotationStanding? {
        try await database.transaction { connection in
            let row = try connection.one(
                "SELECT id, roles FROM rotation WHERE finished_at IS NULL FOR UPDATE")
            guard let row else { return nil }
            let roles = try row.get("roles", as: [String].self).compactMap(OnlineRole.init)
            let rotation = Rotation(id: try row.get("id"), roles: roles, expires: expires)
            return RotationStanding(
                id: rotation.id, roles: roles, step: try rotation.advance(connection))
        }
    }
}

private struct Rotation {
    let id: Int
    let roles: [OnlineRole]
    let expires: MetadataTime

    func advance(_ connection: Connection) throws -> RotationStanding.Step {
        var successors: [OnlineRole: SucceedingKey] = [:]
        for key in try Warehouse.succeedingKeys(connection) { successors[key.role] = key }
        var keys: [OnlineRole: PublicKey] = [:]
        for role in roles {
            guard let key = successors[role]?.publicKey else { return .makingKeys }
            keys[role] = key
        }
        let stored = try StoredRepository(loadedBy: connection)
        let missing = roles.filter { role in
            guard let id = keys[role]?.id else { return false }
            return stored.named[role]?.keyIDs.contains(id) != true
        }
        let superfluous = roles.filter { (stored.named[$0]?.keyIDs.count ?? 0) > 1 }

        if let live = try LiveOfflineDraft(loadedBy: connection) {
            guard live.state == "drafted" else { return .publishing }
            let draft = try live.draft()
            return .signatures(draft, isOwn: isOwn(draft, keys))
        }
        if let changes = changes(
            for: missing, { changes, role in changes.add[role.changed] = keys[role].map { [$0] } })
        {
            return .signatures(try draft(changes, connection), isOwn: true)
        }
        guard roles.allSatisfy({ successors[$0]?.signs == true }) else { return .overlapping }
        for role in roles {
            let names = role == .bins ? Array(stored.bins.roleNames) : [role.changed]
            let ids = keys[role].map { [$0.id] } ?? []
            guard try Warehouse.firstSigned(byNoneOf: ids, among: names, connection) == nil else {
                return .overlapping
            }
        }
        let removal = changes(for: superfluous) { changes, role in
            changes.remove[role.changed] = stored.named[role]?.keyIDs.filter { $0 != keys[role]?.id }
        }
        if let removal { return .signatures(try draft(removal, connection), isOwn: true) }
        try finish(connection)
        return .finished
    }

    /// Changes of the roles that root names keys of, or, where there are none, of the others: one draft at a time.
    private func changes(
        for roles: [OnlineRole], _ change: (inout KeyChanges, OnlineRole) -> Void
    ) -> KeyChanges? {
        let topLevel = roles.filter(\.isTopLevel)
        let now = topLevel.isEmpty ? roles : topLevel
        guard !now.isEmpty else { return nil }
        var changes = KeyChanges()
        for role in now { change(&changes, role) }
        return changes
    }

    private func draft(_ changes: KeyChanges, _ connection: Connection) throws -> any OfflineDraft {
        let isTopLevel = roles.contains { $0.isTopLevel && changes.roles.contains($0.changed) }
        return isTopLevel
            ? try Warehouse.draftRoot(changes, expires: expires, .overlapping, connection)
            : try Warehouse.draftTargets(changes, renew: [], expires: expires, .overlapping, connection)
    }

    /// Whether a draft names one of the new keys, or takes other keys off their roles.
    private func isOwn(_ draft: any OfflineDraft, _ keys: [OnlineRole: PublicKey]) -> Bool {
        let changes = (draft as? RootDraft)?.changes ?? (draft as? TargetsDraft)?.changes ?? KeyChanges()
        return !changes.roles.isDisjoint(with: keys.keys.map(\.changed))
    }

    private func finish(_ connection: Connection) throws {
        try Warehouse.forgetKeys(of: roles, connection)
        try connection.execute("UPDATE rotation SET finished_at = now() WHERE id = \(id)")
        try Warehouse.log(
            .rotationFinished, ["roles": .array(roles.map { .string($0.rawValue) })], connection)
    }
}
