package import TUF

/// The metadata a client trusts, and the rules by which it comes to trust more.
///
/// Documents are offered in order: roots, timestamp, snapshot, targets, delegated targets. An update that is
/// refused throws and changes nothing. The value does no I/O and copies cheaply.
///
/// *Intermediate* documents may be expired, or (a snapshot) not be the one that timestamp names: they serve only
/// to guard against rollback. Local files, and what ``startingNextUpdate(now:)`` carries over, may be such.
///
/// - Source: TUF §5.1–5.6; in doubt, as python-tuf's `TrustedMetadataSet`.
package struct TrustedMetadata: Hashable, Sendable {
    /// What has been updated so far in this cycle.
    enum Stage: Int, Hashable, Sendable {
        case root, timestamp, snapshot, targets
    }

    /// The start of the update, which every expiry is compared with (§5.1).
    package internal(set) var now: MetadataTime
    package internal(set) var root: Envelope<Root>
    package internal(set) var timestamp: Envelope<Timestamp>?
    package internal(set) var snapshot: Envelope<Snapshot>?
    /// Top-level and delegated targets that have been verified, by role.
    package internal(set) var targets: [RoleName: Envelope<Targets>] = [:]
    /// For each of `targets`, the delegators whose keys it was verified with.
    var delegators: [RoleName: Set<RoleName>] = [:]
    var stage = Stage.root

    /// Starts from a root that is trusted already. Its expiry is not looked at (§5.2).
    ///
    /// - Throws: what reading it throws; `.belowThreshold` where it is not signed by its own keys.
    package init(trustedRoot bytes: [UInt8], now: MetadataTime) throws(MetadataError) {
        let root = try Envelope<Root>(parsing: bytes)
        try root.payload.requireThreshold(of: .root, on: root)
        self.root = root
        self.now = now
    }

    /// Goes one root further.
    ///
    /// May be expired: only the last root must not be, which ``updateTimestamp(_:isTrustedLocal:)`` checks. Where
    /// a key of timestamp or snapshot is no longer listed, the trusted timestamp and snapshot are given up, so
    /// that a repository can recover from versions an attacker has run up.
    ///
    /// - Throws: `.outOfOrder` after timestamp; `.belowThreshold` under the old keys or the new;
    ///   `.unexpectedVersion`.
    /// - Source: TUF §5.3.
    package mutating func updateRoot(_ bytes: [UInt8]) throws(MetadataError) {
        guard stage == .root else { throw .outOfOrder(.root) }
        let offered = try Envelope<Root>(parsing: bytes)
        try root.payload.requireThreshold(of: .root, on: offered)
        // The trusted version may be the largest there is, and then has no successor.
        let (expected, overflow) = root.payload.version.addingReportingOverflow(1)
        guard !overflow, offered.payload.version == expected else {
            throw .unexpectedVersion(role: .root, expected: expected, found: offered.payload.version)
        }
        try offered.payload.requireThreshold(of: .root, on: offered)

        let previous = root.payload
        root = offered
        if previous.hasKeys(of: [.timestamp, .snapshot], missingFrom: offered.payload) {
            timestamp = nil
            snapshot = nil
            forget(Set(targets.keys))
        } else if !previous.hasSameKeys(of: .targets, as: offered.payload) {
            forget(Set(targets.keys))
        }
    }

    /// Whether `role` is trusted on the word of `delegator`.
    package func trusts(_ role: RoleName, delegatedBy delegator: RoleName) -> Bool {
        delegators[role]?.contains(delegator) ?? false
    }

    /// The state to check the next update from: all that is trusted now guards against rollback.
    ///
    /// Roles that delegate stay trusted as long as the next snapshot names the same version of them, so that
    /// only what changed has to be offered again. Roles with files only are let go.
    ///
    /// - Parameter now: the start of the next update.
    package func startingNextUpdate(now: MetadataTime) -> TrustedMetadata {
        var next = self
        next.now = now
        next.stage = .root
        let released = targets.filter {
            $0.value.payload.delegations == nil || $0.value.payload.isExpired(at: now)
        }
        next.forget(Set(released.keys))
        return next
    }

    /// Takes over the roles that another state has come to trust under the same root and snapshot, but for those that
    /// ``startingNextUpdate(now:)`` lets go.
    ///
    /// - Returns: whether all that `other` trusts to delegate is trusted here.
    mutating func adoptTargets(of other: TrustedMetadata) -> Bool {
        guard root.signedBytes == other.root.signedBytes, snapshot?.signedBytes == other.snapshot?.signedBytes
        else { return false }
        let kept = other.startingNextUpdate(now: now)
        (targets, delegators) = (kept.targets, kept.delegators)
        return other.targets.allSatisfy { $0.value.payload.delegations == nil || targets[$0.key] != nil }
    }

    /// Stops trusting `roles`, and whatever was trusted on their word only.
    mutating func forget(_ roles: Set<RoleName>) {
        var generation = roles
        while !generation.isEmpty {
            for role in generation {
                targets[role] = nil
                delegators[role] = nil
            }
            generation = withdraw(wordOf: generation)
        }
    }

    /// Takes `gone` off every role's list of delegators, in one pass.
    ///
    /// - Returns: the roles that nobody vouches for any more.
    private mutating func withdraw(wordOf gone: Set<RoleName>) -> Set<RoleName> {
        var orphans: Set<RoleName> = []
        for (role, vouching) in delegators where vouching.contains(where: gone.contains) {
            let left = vouching.subtracting(gone)
            delegators[role] = left
            if left.isEmpty { orphans.insert(role) }
        }
        return orphans
    }

    /// Stops trusting what was trusted on the word of `delegator` only, but not `delegator` itself.
    mutating func forgetChildren(of delegator: RoleName) { forget(withdraw(wordOf: [delegator])) }
}

extension Root {
    /// Whether one of the roles has a key here that `other` does not list for it.
    fileprivate func hasKeys(of names: [RoleName], missingFrom other: Root) -> Bool {
        names.contains { name in
            let kept = Set(other.publicKeys(of: name))
            return publicKeys(of: name).contains { !kept.contains($0) }
        }
    }

    fileprivate func hasSameKeys(of name: RoleName, as other: Root) -> Bool {
        roles[name] == other.roles[name] && publicKeys(of: name) == other.publicKeys(of: name)
    }

    private func publicKeys(of name: RoleName) -> [PublicKey] {
        (roles[name]?.keyIDs ?? []).compactMap { keys[$0] }
    }
}
