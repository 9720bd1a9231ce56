package import TUF

extension TrustedMetadata {
    /// Takes a new snapshot.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - isTrustedLocal: the file was verified in an earlier update. Its length and hashes are then not
    ///     compared with timestamp's, and it may be expired or of another version, to guard against rollback
    ///     only; see ``isSnapshotCurrent``.
    /// - Throws: `.outOfOrder` before timestamp or after targets; `.expired`; `.wrongLength`, `.wrongHash`,
    ///   `.unsupportedHashAlgorithm`; `.belowThreshold`; `.unexpectedVersion`; `.removedFromSnapshot`,
    ///   `.rollback` of a role it lists.
    /// - Source: TUF §5.5.
    package mutating func updateSnapshot(_ bytes: [UInt8], isTrustedLocal: Bool = false) throws(MetadataError)
    {
        guard stage == .timestamp || stage == .snapshot else { throw .outOfOrder(.snapshot) }
        let expected = try finalTimestamp().snapshot
        if !isTrustedLocal { try expected.verify(bytes) }
        let offered = try Envelope<Snapshot>(parsing: bytes)
        try root.payload.requireThreshold(of: .snapshot, on: offered)
        guard isTrustedLocal || offered.payload.version == expected.version else {
            throw .unexpectedVersion(
                role: .snapshot, expected: expected.version, found: offered.payload.version)
        }
        if let trusted = snapshot?.payload {
            try TrustedMetadata.refuseRollback(of: trusted, to: offered.payload)
        }
        guard isTrustedLocal || !offered.payload.isExpired(at: now) else {
            throw .expired(role: .snapshot, at: offered.payload.expires)
        }

        let trusted = snapshot?.payload.meta ?? [:]
        forget(Set(targets.keys.filter { trusted[$0] != offered.payload.meta[$0] }))
        snapshot = offered
        stage = .snapshot
    }

    /// Whether the trusted snapshot is the one that timestamp names, and not expired: no other is needed.
    package var isSnapshotCurrent: Bool { (try? finalSnapshot()) != nil }

    /// What the timestamp of this update says about the snapshot.
    ///
    /// - Throws: `.outOfOrder` before timestamp, `.expired`.
    package func expectedSnapshot() throws(MetadataError) -> MetaFile { try finalTimestamp().snapshot }

    /// The snapshot, if it may be relied on for targets.
    func finalSnapshot() throws(MetadataError) -> Snapshot {
        let expected = try finalTimestamp().snapshot.version
        guard let snapshot = snapshot?.payload else { throw .outOfOrder(.targets) }
        guard snapshot.version == expected else {
            throw .unexpectedVersion(role: .snapshot, expected: expected, found: snapshot.version)
        }
        guard !snapshot.isExpired(at: now) else { throw .expired(role: .snapshot, at: snapshot.expires) }
        return snapshot
    }

    /// Every role that was listed must still be, at its version or a later one.
    ///
    /// - Source: TUF §5.5.5.
    private static func refuseRollback(of trusted: Snapshot, to offered: Snapshot) throws(MetadataError) {
        for (role, file) in trusted.meta {
            guard let new = offered.meta[role] else { throw .removedFromSnapshot(role) }
            guard new.version >= file.version else {
                throw .rollback(role: role, trusted: file.version, offered: new.version)
            }
        }
    }
}
