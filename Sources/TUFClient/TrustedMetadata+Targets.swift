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
