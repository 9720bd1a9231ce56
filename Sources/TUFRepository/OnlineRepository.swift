package import TUF

/// Where the online roles stand, and what follows from a change: the metadata to publish next.
///
/// A value without I/O. Nothing is public until the caller has stored what ``next(targets:at:sign:)`` made, all of
/// it at once; only then may it keep the state that came with it.
package struct OnlineRepository: Sendable {
    /// Signs bytes with the key of an online role: timestamp, snapshot, recently-claimed or a bin.
    package typealias Sign = (RoleName, [UInt8]) throws -> Signature

    /// Every role that the snapshot lists, with its version. Names are never taken away: a client that has seen one
    /// refuses a snapshot without it (TUF §5.5.5).
    package private(set) var versions: [RoleName: Int]
    package private(set) var snapshotVersion: Int
    package private(set) var timestampVersion: Int
    package let lifetimes: OnlineLifetimes
    private var snapshotFile: MetaFile?

    /// - Parameters:
    ///   - versions: what the current snapshot lists; for a new repository, the roles signed offline.
    ///   - snapshot: version and bytes of the current snapshot; nil for a new repository.
    ///   - timestampVersion: 0 for a new repository.
    package init(
        versions: [RoleName: Int], snapshot: (version: Int, bytes: [UInt8])?, timestampVersion: Int,
        lifetimes: OnlineLifetimes
    ) throws(MetadataError) {
        self.versions = versions
        self.snapshotVersion = snapshot?.version ?? 0
        self.timestampVersion = timestampVersion
        self.lifetimes = lifetimes
        if let snapshot { snapshotFile = try MetaFile(version: snapshot.version, describing: snapshot.bytes) }
    }

    /// Makes the next consistent snapshot.
    ///
    /// - Parameters:
    ///   - targets: for each online targets role that changes or is signed anew, everything it says from now on.
    ///   - adopted: roles signed by others, a project's maintainers or the holders of `claimed`.
    ///   - now: the time from which signatures are good.
    /// - Returns: the metadata to store, timestamp last, and the state once it is stored.
    /// - Throws: `.unexpectedVersion` for an adopted role whose version is not above the published one.
    package func next(
        targets: [RoleName: OnlineContent], adopting adopted: [SignedRole] = [], at now: MetadataTime,
        sign: Sign
    ) throws -> (made: [SignedRole], state: OnlineRepository) {
        var state = self
        var made: [SignedRole] = []
        for role in adopted {
            let expected = try Self.successor(of: state.versions[role.name] ?? 0)
            guard role.version >= expected else {
                throw MetadataError.unexpectedVersion(
                    role: role.name, expected: expected, found: role.version)
            }
            made.append(role)
            state.versions[role.name] = role.version
        }
        for (name, content) in targets {
            let version = try Self.successor(of: state.versions[name] ?? 0)
            let expires = now.advanced(bySeconds: lifetime(of: name, isNew: version == 1))
            let payload = try Targets(
                version: version, expires: expires, targets: content.files, delegations: content.delegations)
            made.append(try Self.signed(payload, name: name, sign))
            state.versions[name] = version
        }
        state.snapshotVersion = try Self.successor(of: state.snapshotVersion)
        let snapshot = try Snapshot(
            version: state.snapshotVersion, expires: now.advanced(bySeconds: lifetimes.snapshot),
            meta: state.versions.mapValues { version throws(MetadataError) in try MetaFile(version: version) }
        )
        let signedSnapshot = try Self.signed(snapshot, name: .snapshot, sign)
        // Length and hash always, since clients' limits for a snapshot of unknown length are small.
        state.snapshotFile = try MetaFile(version: state.snapshotVersion, describing: signedSnapshot.bytes)
        made.append(signedSnapshot)
        made.append(try state.advanceTimestamp(at: now, sign: sign))
        return (made, state)
    }

    /// Signs the timestamp anew over the snapshot that is current already.
    package func nextTimestamp(
        at now: MetadataTime, sign: Sign
    ) throws -> (made: [SignedRole], state: OnlineRepository) {
        var state = self
        let timestamp = try state.advanceTimestamp(at: now, sign: sign)
        return ([timestamp], state)
    }

    /// The online targets roles whose signatures should be renewed now, soonest to expire first.
    ///
    /// A role is due in the last third of its life. At most `limit` are named, so that many roles signed in one hour
    /// do not have to be signed in one hour for ever.
    package func due(
        _ expiries: [RoleName: MetadataTime], at now: MetadataTime, limit: Int
    ) -> [RoleName] {
        let due = expiries.filter { name, expires in
            expires.secondsSinceEpoch - now.secondsSinceEpoch < lifetimes[targets: name] / 3
        }
        return due.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(limit).map(\.key)
    }

    /// - Throws: `.versionNotPositive` for the largest version there is, which has none.
    private static func successor(of version: Int) throws(MetadataError) -> Int {
        let (next, overflow) = version.addingReportingOverflow(1)
        guard !overflow else { throw .versionNotPositive(next) }
        return next
    }

    private mutating func advanceTimestamp(at now: MetadataTime, sign: Sign) throws -> SignedRole {
        guard let snapshotFile else { throw MetadataError.missingRole(.snapshot) }
        timestampVersion = try Self.successor(of: timestampVersion)
        let timestamp = try Timestamp(
            version: timestampVersion, expires: now.advanced(bySeconds: lifetimes.timestamp),
            snapshot: snapshotFile)
        return try Self.signed(timestamp, name: .timestamp, sign)
    }

    /// Bins made in one go get their first lives cut to between a half and a whole, by name, so that they never
    /// come due together.
    private func lifetime(of name: RoleName, isNew: Bool) -> Int {
        let full = lifetimes[targets: name]
        guard name != .recentlyClaimed, isNew else { return full }
        let share = Digest.sha256(Array(name.text.utf8)).prefix(2).reduce(0) { $0 << 8 | Int($1) }
        return full - full / 2 * share / 65536
    }

    private static func signed<Payload: MetadataPayload>(
        _ payload: Payload, name: RoleName, _ sign: Sign
    ) throws -> SignedRole {
        let envelope = try Envelope(signing: payload) { bytes in [try sign(name, bytes)] }
        return SignedRole(
            name: name, version: payload.version, expires: payload.expires, bytes: envelope.encoded())
    }

}
