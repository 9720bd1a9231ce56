import Postgres
import TUF
package import TUFRepository

extension Warehouse {
    /// Begins the repository with what a ceremony signed offline: root, targets, claimed and unclaimed.
    ///
    /// The caller has verified them. The snapshot process adds the online roles and makes the first snapshot.
    ///
    /// - Throws: ``WarehouseError/repositoryExists``; then nothing is changed.
    package func found(_ roles: [SignedRole], lifetimes: OnlineLifetimes) async throws {
        try await database.transaction { connection in
            let isNew = try connection.execute(
                """
                INSERT INTO repository (timestamp_lifetime, snapshot_lifetime, recently_claimed_lifetime, bins_lifetime)
                VALUES (\(lifetimes.timestamp), \(lifetimes.snapshot), \(lifetimes.recentlyClaimed), \(lifetimes.bins))
                ON CONFLICT DO NOTHING
                """)
            guard isNew == 1 else { throw WarehouseError.repositoryExists }
            for role in roles {
                try connection.execute(
                    """
                    INSERT INTO metadata (role, version, bytes, expires_at)
                    VALUES (\(role.name.text), \(role.version), \(role.bytes),
                            to_timestamp(\(role.expires.secondsSinceEpoch)))
                    """)
            }
            try connection.notify(Channel.pending)
        }
    }

    /// Whether a ceremony was imported.
    package func isFounded() async throws -> Bool {
        try await database.read { try $0.one("SELECT 1 AS found FROM repository") != nil }
    }
}
