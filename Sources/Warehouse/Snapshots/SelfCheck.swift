import TUF
import TUFClient
import TUFRepository

/// Walks new metadata as a client would that has seen everything before it. Nothing is published that this refuses.
///
/// Where offline metadata has expired no client accepts anything, whatever is published. The walk is then that of the
/// last moment at which one would have: its renewal, one draft after another, must not wait for itself.
struct SelfCheck: Sendable {
    private var trusted: TrustedMetadata
    /// What delegates, which the first walk has to verify as well.
    private var unseen: [Publication.Role]

    init(of stored: StoredRepository, now: MetadataTime) throws {
        // A client that saw the stored snapshot did so while its timestamp was good. After a long rest that time is
        // over, and what is trusted then serves as the guard against rollback.
        let seen = Self.lastMoment(
            before: [stored.timestampExpires, stored.root.payload.expires].compactMap(\.self), now)
        trusted = try TrustedMetadata(trustedRoot: stored.rootBytes, now: seen)
        if let timestamp = stored.timestamp, let snapshot = stored.snapshot {
            try trusted.updateTimestamp(timestamp.bytes, isTrustedLocal: true)
            try trusted.updateSnapshot(snapshot.bytes, isTrustedLocal: true)
        }
        unseen = stored.delegating
    }

    /// - Parameters:
    ///   - made: the new metadata.
    ///   - root: a new root, where there is one.
    ///   - delegators: on whose word each made role is to be trusted, timestamp and snapshot apart.
    ///   - unchanged: published roles that must go on being trusted, on the word of roles that change.
    /// - Throws: ``WarehouseError/selfCheckFailed(_:)``.
    func advanced(
        by made: [SignedRole], root: SignedRole?, delegators: [RoleName: RoleName],
        besides unchanged: [Publication.Role],
        at now: MetadataTime
    ) throws(WarehouseError) -> SelfCheck {
        guard let timestamp = made.first(where: { $0.name == .timestamp }) else {
            throw .selfCheckFailed("no timestamp was made")
        }
        let snapshot = made.first { $0.name == .snapshot }
        var roles: [Publication.Role] = []
        for role in made where role.name != .timestamp && role.name != .snapshot {
            guard let delegator = delegators[role.name] else {
                throw .selfCheckFailed("nobody delegates to '\(role.name)'")
            }
            roles.append(Publication.Role(name: role.name, delegator: delegator, bytes: role.bytes))
        }
        let replaced = Set(roles.map(\.name))
        roles += unchanged.filter { !replaced.contains($0.name) }
        let kept = unseen.filter { unseen in !roles.contains { $0.name == unseen.name } }
        let publication = Publication(
            roots: [root?.bytes].compactMap { $0 }, timestamp: timestamp.bytes, snapshot: snapshot?.bytes,
            targets: Self.delegatorsFirst(kept + roles))
        var next = self
        do {
            let old = try (kept + unchanged).map { try Envelope<Targets>(parsing: $0.bytes).payload.expires }
            let expiries =
                [trusted.root.payload.expires] + trusted.targets.values.map(\.payload.expires) + old
            next.trusted = try trusted.accepting(publication, now: Self.lastMoment(before: expiries, now))
        } catch {
            throw .selfCheckFailed("\(error)")
        }
        next.unseen = []
        return next
    }

    private static func lastMoment(before expiries: [MetadataTime], _ now: MetadataTime) -> MetadataTime {
        expiries.map { $0.advanced(bySeconds: -1) }.reduce(now, min)
    }

    /// Below the three roles that `targets` delegates to, only `claimed` has delegators in two ranks.
    private static func delegatorsFirst(_ roles: [Publication.Role]) -> [Publication.Role] {
        func rank(_ role: Publication.Role) -> Int {
            switch role.delegator {
            case .root: 0
            case .targets: 1
            case .claimed: 2
            default: 3
            }
        }
        return roles.sorted { rank($0) < rank($1) }
    }
}
