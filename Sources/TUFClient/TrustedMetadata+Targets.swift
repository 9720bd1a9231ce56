package import TUF

extension TrustedMetadata {
    /// Takes the top-level targets.
    ///
    /// - Throws: as ``updateDelegatedTargets(_:role:delegator:)``.
    package mutating func updateTargets(_ bytes: [UInt8]) throws(MetadataError) {
        try updateDelegatedTargets(bytes, role: .targets, delegator: .root)
    }

    /// Takes the targets of a role on the word of another.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - role: whose it is.
    ///   - delegator: a trusted targets role that delegates to `role`, or `.root` for `.targets`.
    /// - Throws: `.outOfOrder` before snapshot; `.expired` for timestamp, snapshot or the role;
    ///   `.unexpectedVersion` for snapshot or the role; `.delegatorNotTrusted`; `.missingFromSnapshot`;
    ///   `.wrongLength`, `.wrongHash`, `.unsupportedHashAlgorithm`; `.notDelegated`; `.belowThreshold`.
    /// - Source: TUF §5.6.
    package mutating func updateDelegatedTargets(
        _ bytes: [UInt8], role: RoleName, delegator: RoleName
    ) throws(MetadataError) {
        try accept(try verifying(bytes, role: role, delegator: delegator))
    }

    /// Verifies the targets of a role without taking them yet, so that several can be verified at once.
    ///
    /// - Throws: as ``updateDelegatedTargets(_:role:delegator:)``.
    package func verifying(
        _ bytes: [UInt8], role: RoleName, delegator: RoleName
    ) throws(MetadataError) -> VerifiedTargets {
        let expected = try expectedFile(of: role, delegatedBy: delegator)
        try expected.verify(bytes)
        let offered = try Envelope<Targets>(parsing: bytes)
        try requireThreshold(of: role, on: offered, delegator: delegator)
        guard offered.payload.version == expected.version else {
            throw .unexpectedVersion(role: role, expected: expected.version, found: offered.payload.version)
        }
        guard !offered.payload.isExpired(at: now) else {
            throw .expired(role: role, at: offered.payload.expires)
        }
        return VerifiedTargets(
            role: role, delegator: delegator, envelope: offered, snapshot: snapshot?.signedBytes,
            delegatorBytes: signedBytes(of: delegator))
    }

    /// Takes what this state, or one with the same snapshot and delegator, has verified.
    ///
    /// - Throws: `.outOfOrder` where the snapshot is another by now, `.delegatorNotTrusted` where the delegator is.
    package mutating func accept(_ verified: VerifiedTargets) throws(MetadataError) {
        let (role, delegator, offered) = (verified.role, verified.delegator, verified.envelope)
        guard verified.snapshot == snapshot?.signedBytes else { throw .outOfOrder(role) }
        guard verified.delegatorBytes == signedBytes(of: delegator) else {
            throw .delegatorNotTrusted(delegator)
        }

        if targets[role]?.signedBytes == offered.signedBytes {
            delegators[role, default: []].insert(delegator)
        } else if targets[role] == nil {
            // Nothing is trusted on the word of a role that is not trusted itself.
            delegators[role] = [delegator]
        } else {
            // Who vouched for other bytes has not vouched for these, and these may trust others. In a circle the
            // delegator itself may have been trusted on the old bytes' word.
            var remaining = self
            remaining.forgetChildren(of: role)
            guard delegator == .root || remaining.targets[delegator] != nil else {
                throw .delegatorNotTrusted(delegator)
            }
            self = remaining
            delegators[role] = [delegator]
        }
        targets[role] = offered
        stage = .targets
    }

    private func signedBytes(of delegator: RoleName) -> [UInt8]? {
        delegator == .root ? root.signedBytes : targets[delegator]?.signedBytes
    }

    /// What snapshot says about a role that `delegator` may vouch for.
    ///
    /// - Throws: as ``updateDelegatedTargets(_:role:delegator:)``.
    package func expectedFile(
        of role: RoleName, delegatedBy delegator: RoleName
    ) throws(MetadataError) -> MetaFile {
        let snapshot = try finalSnapshot()
        guard delegator == .root || targets[delegator] != nil else { throw .delegatorNotTrusted(delegator) }
        guard let file = snapshot.meta[role] else { throw .missingFromSnapshot(role) }
        return file
    }

    private func requireThreshold(
        of role: RoleName, on envelope: Envelope<Targets>, delegator: RoleName
    ) throws(MetadataError) {
        guard role != delegator else { throw .notDelegated(role, by: delegator) }
        if delegator == .root {
            guard role == .targets else { throw .notDelegated(role, by: .root) }
            try root.payload.requireThreshold(of: .targets, on: envelope)
        } else {
            guard let delegations = targets[delegator]?.payload.delegations else {
                throw .notDelegated(role, by: delegator)
            }
            try delegations.requireThreshold(of: role, on: envelope, delegator: delegator)
        }
    }
}

/// The targets of a role, verified against a state of ``TrustedMetadata`` and not taken yet.
package struct VerifiedTargets: Sendable {
    let role: RoleName
    let delegator: RoleName
    let envelope: Envelope<Targets>
    /// What was relied on: the signed bytes of snapshot and of the delegator.
    let snapshot: [UInt8]?
    let delegatorBytes: [UInt8]?
}
