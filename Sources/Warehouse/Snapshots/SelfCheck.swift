import TUF
import TUFClient
import TUFRepository

/// Walks new metadata as a client would that has seen everything before it. Nothing is published that this refuses.
struct SelfCheck: Sendable {
    private var trusted: TrustedMetadata
    /// Roles signed offline, which the first walk has to verify as well.
    private var unseen: [Publication.Role]

    init(of stored: StoredRepository, now: MetadataTime) throws {
        // A client that saw the stored snapshot did so while its timestamp was good. After a long rest that time is
        // over, and what is trusted then serves as the guard against rollback.
        let seen = stored.timestampExpires.map { min(now, $0.advanced(bySeconds: -1)) } ?? now
        trusted = try TrustedMetadata(trustedRoot: stored.rootBytes, now: seen)
        if let timestamp = stored.timestamp, let snapshot = stored.snapshot {
            try trusted.updateTimestamp(timestamp.bytes, isTrustedLocal: true)
            try trusted.updateSnapshot(snapshot.bytes, isTrustedLocal: true)
        }
        let offline: [(RoleName, RoleName)] = [
            (.targets, .root), (.claimed, .targets), (.unclaimed, .targets),
        ]
        unseen = offline.map { role, delegator in
            Publication.Role(name: role, delegator: delegator, bytes: stored.offline[role] ?? [])
        }
    }

    /// - Throws: ``WarehouseError/selfCheckFailed(_:)``.
    func advanced(by made: [SignedRole], at now: MetadataTime) throws(WarehouseError) -> SelfCheck {
        guard let timestamp = made.first(where: { $0.name == .timestamp }) else {
            throw .selfCheckFailed("no timestamp was made")
        }
        let snapshot = made.first { $0.name == .snapshot }
        let roles = made.filter { $0.name != .timestamp && $0.name != .snapshot }.map { role in
            Publication.Role(
                name: role.name, delegator: role.name == .recentlyClaimed ? .targets : .unclaimed,
                bytes: role.bytes)
        }
        let publication = Publication(
            timestamp: timestamp.bytes, snapshot: snapshot?.bytes, targets: unseen + roles)
        var next = self
        do {
            next.trusted = try trusted.accepting(publication, now: now)
        } catch {
            throw .selfCheckFailed("\(error)")
        }
        next.unseen = []
        return next
    }
}
