import Postgres
package import TUF
import TUFClient
import TUFRepository

/// A role as an operator wants to see it: what is public, who signs it, what to worry about.
package struct RoleStanding: Sendable {
    /// A role, or `bins`, or `projects`: those are many and alike.
    package let name: String
    /// Of the one that expires first, where it stands for many.
    package let version: Int
    package let expires: MetadataTime
    /// How many roles this stands for.
    package let count: Int
    /// Nil for projects, whose maintainers are their own.
    package let keys: RoleKeys?
    package let isOffline: Bool
    /// For people, what should be done; empty where all is well.
    package let concerns: [String]
}

extension Warehouse {
    /// Every role that is public.
    ///
    /// - Parameters:
    ///   - now: the time that expiries are compared with.
    ///   - notice: offline metadata that expires sooner is a concern; online metadata is renewed by itself.
    package func roles(now: MetadataTime, notice: Duration) async throws -> [RoleStanding] {
        try await database.read { connection in
            let stored = try StoredRepository(loadedBy: connection)
            let authorities = try Self.authorities(stored)
            let rows = try connection.query(
                """
                SELECT role, version, extract(epoch FROM expires_at)::bigint AS expires
                FROM metadata WHERE superseded_at IS NULL ORDER BY expires_at, role
                """)
            var groups: [String: [(version: Int, expires: MetadataTime)]] = [:]
            for row in rows {
                let role = try RoleName(row.get("role", as: String.self))
                let group =
                    stored.bins.contains(role)
                    ? "bins" : ProjectRole.project(of: role) != nil ? "projects" : role.text
                // Bins of an earlier layout stay listed, and nobody asks for them.
                guard group == "projects" || authorities[group] != nil else { continue }
                groups[group, default: []].append(
                    (try row.get("version"), MetadataTime(secondsSinceEpoch: try row.get("expires"))))
            }
            return Self.order(groups.keys).compactMap { name in
                guard let members = groups[name], let first = members.first else { return nil }
                let authority = authorities[name]
                let soon = now.advanced(bySeconds: Int(notice.components.seconds))
                let isOffline = authority?.isOffline ?? (name == "projects")
                var concerns = authority.map { Self.concerns($0.keys, isOffline: $0.isOffline) } ?? []
                let expired = members.filter { $0.expires <= now }.count
                let expiring = members.filter { $0.expires <= soon }.count - expired
                if expired > 0 { concerns.append(members.count == 1 ? "expired" : "\(expired) expired") }
                if isOffline, expiring > 0 {
                    let renewal = name == "projects" ? "their maintainers `seal refresh` them" : "renew it"
                    concerns.append(
                        (members.count == 1 ? "expires soon: " : "\(expiring) expire soon: ") + renewal)
                }
                return RoleStanding(
                    name: name, version: first.version, expires: first.expires, count: members.count,
                    keys: authority?.keys, isOffline: isOffline, concerns: concerns)
            }
        }
    }

    /// Top-level first, then in the order in which clients ask.
    private static func order(_ names: some Sequence<String>) -> [String] {
        let known = [
            "root", "timestamp", "snapshot", "targets", "claimed", "recently-claimed", "unclaimed", "bins",
            "projects",
        ]
        return names.sorted { left, right in
            let (first, second) = (known.firstIndex(of: left) ?? 4, known.firstIndex(of: right) ?? 4)
            return (first, left.utf8.count, left) < (second, right.utf8.count, right)
        }
    }

    private static func authorities(
        _ stored: StoredRepository
    ) throws -> [String: (keys: RoleKeys, isOffline: Bool)] {
        var authorities: [String: (keys: RoleKeys, isOffline: Bool)] = [:]
        for (role, keys) in stored.root.payload.roles {
            authorities[role.text] = (keys, role == .root || role == .targets)
        }
        for role in stored.delegating {
            for delegated in try Envelope<Targets>(parsing: role.bytes).payload.delegations?.roles ?? []
            where ProjectRole.project(of: delegated.name) == nil {
                authorities[delegated.name.text] = (delegated.keys, delegated.name != .recentlyClaimed)
            }
        }
        authorities["bins"] = (stored.bins.keys, false)
        return authorities
    }

    private static func concerns(_ keys: RoleKeys, isOffline: Bool) -> [String] {
        var concerns: [String] = []
        if isOffline, keys.keyIDs.count == keys.threshold {
            concerns.append(
                keys.threshold == 1
                    ? "one key signs alone, and losing it locks the role"
                    : "all \(keys.threshold) keys must sign, and losing one locks the role")
        } else if isOffline, keys.threshold == 1 {
            concerns.append("one key signs alone")
        }
        if !isOffline, keys.keyIDs.count > 1 { concerns.append("a rotation is under way: drop the old key") }
        return concerns
    }
}
