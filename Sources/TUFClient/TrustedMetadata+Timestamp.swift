package import TUF

extension TrustedMetadata {
    /// What an offered timestamp came to.
    package enum TimestampUpdate: Hashable, Sendable {
        case updated
        /// The version was the trusted one: nothing is new, and the trusted timestamp stays.
        case unchanged
    }

    /// Takes a new timestamp.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - isTrustedLocal: the file was verified in an earlier update. It may then be expired, to guard against
    ///     rollback only; a snapshot is not accepted under it.
    /// - Throws: `.outOfOrder` after snapshot; `.expired` for the last root or the timestamp;
    ///   `.belowThreshold`; `.rollback` of its version or of the version of snapshot it names.
    /// - Source: TUF §5.3.10, §5.4.
    @discardableResult
    package mutating func updateTimestamp(
        _ bytes: [UInt8], isTrustedLocal: Bool = false
    ) throws(MetadataError) -> TimestampUpdate {
        guard stage == .root || stage == .timestamp else { throw .outOfOrder(.timestamp) }
        guard !root.payload.isExpired(at: now) else { throw .expired(role: .root, at: root.payload.expires) }
        let offered = try Envelope<Timestamp>(parsing: bytes)
        try root.payload.requireThreshold(of: .timestamp, on: offered)

        if let trusted = timestamp?.payload {
            guard offered.payload.version >= trusted.version else {
                throw .rollback(role: .timestamp, trusted: trusted.version, offered: offered.payload.version)
            }
            if offered.payload.version == trusted.version {
                stage = .timestamp
                return .unchanged
            }
            guard offered.payload.snapshot.version >= trusted.snapshot.version else {
                throw .rollback(
                    role: .snapshot, trusted: trusted.snapshot.version,
                    offered: offered.payload.snapshot.version)
            }
        }
        guard isTrustedLocal || !offered.payload.isExpired(at: now) else {
            throw .expired(role: .timestamp, at: offered.payload.expires)
        }
        timestamp = offered
        stage = .timestamp
        return .updated
    }

    /// The timestamp of this cycle, if it may be relied on for a snapshot.
    func finalTimestamp() throws(MetadataError) -> Timestamp {
        guard stage != .root, let timestamp = timestamp?.payload else { throw .outOfOrder(.snapshot) }
        guard !timestamp.isExpired(at: now) else { throw .expired(role: .timestamp, at: timestamp.expires) }
        return timestamp
    }
}
