import Postgres

/// What is signed anew on demand.
package enum Renewal: String, Sendable, CaseIterable {
    /// Snapshot and timestamp.
    case snapshot
    /// All that is signed online.
    case everything
}

extension Warehouse {
    /// Asks the snapshot process to sign anew.
    ///
    /// - Returns: the version of the snapshot that is public now; the next one is the answer. 0 before the first.
    package func requestRenewal(_ renewal: Renewal) async throws -> Int {
        try await database.transaction { connection in
            // Everything includes the snapshot, whoever asked first.
            try connection.execute(
                """
                UPDATE repository SET renewal = \(renewal.rawValue)
                WHERE renewal IS DISTINCT FROM \(Renewal.everything.rawValue)
                """)
            try connection.notify(Channel.pending)
            return try Self.publicSnapshot(connection)
        }
    }

    /// The version of the public snapshot; 0 before the first.
    package func publicSnapshot() async throws -> Int {
        try await database.read { try Self.publicSnapshot($0) }
    }

    private static func publicSnapshot(_ connection: Connection) throws -> Int {
        try connection.single(
            "SELECT coalesce(max(version), 0) FROM metadata WHERE role = 'snapshot' AND superseded_at IS NULL"
        )
    }

    /// Takes the wish that is there.
    static func takeRenewal(_ connection: Connection) throws -> Renewal? {
        let row = try connection.one("SELECT renewal FROM repository WHERE renewal IS NOT NULL FOR UPDATE")
        guard let row else { return nil }
        try connection.execute("UPDATE repository SET renewal = NULL")
        return Renewal(rawValue: try row.get("renewal"))
    }
}
