package import TUF

/// What has to be done about keys that were stolen, for any combination of them.
///
/// Here `bins` stands for the key that PEP 480 calls that of *unclaimed*: it signs for projects online. Our `unclaimed`
/// is signed offline and only names it.
///
/// - Source: PEP 480, "In the Event of a Key Compromise"; PEP 458, "Key Compromise Analysis"; TUF §5.3.11.
package struct RecoveryPlan: Hashable, Sendable {
    /// Targets whose present state is replaced by the last known good one.
    package enum Part: String, Hashable, Sendable, CaseIterable {
        /// What the index signs for online: bins and recently-claimed.
        case indexSigned = "index-signed"
        /// What maintainers sign for, on the word of `claimed`.
        case claimed
    }

    package let compromised: Set<RoleName>
    /// Normalized names of projects whose maintainers' keys were stolen.
    package let projects: [String]
    /// Roles whose keys stay although they would be replaced as a precaution.
    package let left: Set<RoleName>
    /// Whether what the index signs for online goes back to a known good snapshot, whatever was stolen.
    package let rollsBack: Bool

    package static let roles: [RoleName] = [
        .root, .timestamp, .snapshot, .targets, .claimed, .recentlyClaimed, .unclaimed, TargetsDraft.bins,
    ]
    package static let online: Set<RoleName> = [.timestamp, .snapshot, .recentlyClaimed, TargetsDraft.bins]

    /// - Throws: ``TransactionRefusal`` `.draft` for nothing at all, for a role that is none of ``roles``, and for a
    ///   compromised role that is to be left as it is.
    package init(
        compromised: Set<RoleName>, projects: [String], leaving left: Set<RoleName> = [],
        rollingBack rollsBack: Bool = false
    ) throws(TransactionRefusal) {
        guard !compromised.isEmpty || !projects.isEmpty || rollsBack else {
            throw TransactionRefusal(.draft, "Nothing is said to be compromised.")
        }
        for role in compromised.union(left).sorted() where !Self.roles.contains(role) {
            throw TransactionRefusal(.draft, value: role.text, "'\(role)' is no role that can be recovered.")
        }
        if let role = compromised.intersection(left).sorted().first {
            throw TransactionRefusal(
                .draft, value: role.text,
                "The keys of '\(role)' are compromised and cannot be left as they are.")
        }
        self.compromised = compromised
        self.projects = projects.sorted()
        self.left = left
        self.rollsBack = rollsBack
    }

    private var isOnline: Bool { !compromised.isDisjoint(with: Self.online) }

    /// The roles whose keys are all replaced, in the order of ``roles``.
    package var replaced: [RoleName] {
        var replaced = compromised
        if isOnline { replaced.formUnion(Self.online.union([.targets])) }
        if compromised.contains(.root) { replaced.insert(.targets) }
        return Self.roles.filter { replaced.subtracting(left).contains($0) }
    }

    /// Whether recently-claimed loses all its delegations, since its projects were trusted on an online key's word.
    package var clearsRecentlyClaimed: Bool { isOnline }

    /// What is compared with the last known good snapshot and restored.
    package var restored: Set<Part> {
        var parts: Set<Part> = isOnline || rollsBack ? [.indexSigned] : []
        if compromised.contains(.claimed), !compromised.isDisjoint(with: [.timestamp, .snapshot]) {
            parts.insert(.claimed)
        }
        return parts
    }

    /// Whether the index shows nothing but roots and bulletins until it is over: what it has may be forged.
    package var halts: Bool { !restored.isEmpty }

    /// For people, in order, each with why.
    package var steps: [String] {
        var steps: [String] = []
        if halts {
            steps.append(
                "halt: answer 503 with the bulletin until it is over; uploads and drafts under way are dropped"
            )
        }
        steps.append("bulletin: say at /security/ what happened and what users should do")
        if restored.contains(.indexSigned) {
            steps.append(
                "restore: every target of bins and recently-claimed as in the last known good snapshot")
        }
        if clearsRecentlyClaimed {
            steps.append("clear recently-claimed: its projects are claimed again by their maintainers")
        }
        if restored.contains(.claimed) {
            steps.append("restore: claimed, and every claimed project, as in the last known good snapshot")
        }
        let online = replaced.filter(Self.online.contains)
        if !online.isEmpty {
            steps.append("new keys, made by `bonded sign`: \(online.map(\.text).joined(separator: ", "))")
        }
        let root = replaced.filter(RoleName.topLevel.contains)
        if !root.isEmpty {
            let both = root.contains(.root) ? ", by the present root keys and the new ones" : ""
            steps.append(
                "root: replace the keys of \(root.map(\.text).joined(separator: ", ")); signed offline\(both)"
            )
        }
        let targets = replaced.filter { !RoleName.topLevel.contains($0) }
        if !targets.isEmpty {
            steps.append(
                "targets: replace the keys of \(targets.map(\.text).joined(separator: ", ")), and sign anew what they sign"
            )
        }
        for project in projects {
            steps.append(
                "project \(project): closed, its maintainers' keys retired, its files restored, its claim withdrawn; "
                    + "its maintainers claim it again with new keys")
        }
        if compromised.contains(.root) {
            steps.append(
                "tell every user, outside of the index, the new root's fingerprint: whoever has followed a root of the "
                    + "attacker's needs it by hand")
        }
        return steps + ["snapshot: a new consistent one, with raised versions, verified from your root"]
    }

    /// The changes of keys that a draft carries out.
    ///
    /// - Parameters:
    ///   - roles: which of ``replaced`` it is about.
    ///   - gone: the keys that sign them now, less those that are known to be safe.
    ///   - new: keys to add, and thresholds.
    package func changes(
        of roles: some Sequence<RoleName>, removing gone: [RoleName: [KeyID]], adding new: KeyChanges
    ) -> KeyChanges {
        var changes = KeyChanges()
        for role in roles where replaced.contains(role) {
            changes.remove[role] = gone[role]
            changes.add[role] = new.add[role]
            changes.thresholds[role] = new.thresholds[role]
        }
        return changes
    }
}
