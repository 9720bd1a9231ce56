import Postgres

/// Whether the index does what it promises: public metadata that is good, and a process that makes more.
package struct Health: Hashable, Sendable {
    /// What is wrong and what to do, for the operator; nil where nothing is.
    package let problem: String?
}

extension Warehouse {
    /// - Throws: `PostgresError` where the database does not answer.
    package func health() async throws -> Health {
        try await database.read { connection in
            let row = try connection.one(
                """
                SELECT (SELECT extract(epoch FROM expires_at - now())::bigint FROM metadata
                        WHERE role = 'timestamp' AND superseded_at IS NULL) AS timestamp_seconds,
                       (SELECT timestamp_lifetime FROM repository) AS timestamp_lifetime,
                       (SELECT count(*) FROM project_transaction WHERE snapshot_version IS NULL) AS pending,
                       (SELECT extract(epoch FROM now() - min(submitted_at))::bigint FROM project_transaction
                        WHERE snapshot_version IS NULL) AS oldest_seconds,
                       EXISTS (SELECT FROM recovery WHERE finished_at IS NULL AND halts) AS is_recovering
                """)
            guard let row else { throw WarehouseError.rowMissing }
            if try row.get("is_recovering") {
                return Health(problem: "the index recovers from a compromise: go on with `bonded recover`")
            }
            let pending: Int = try row.get("pending")
            guard try Leadership.isHeld(connection) else {
                return Health(
                    problem:
                        "no snapshot process is running; \(pending) uploads wait for one: start `bonded sign`"
                )
            }
            guard let left = try row.get("timestamp_seconds", as: Int?.self) else {
                return Health(problem: "no snapshot has been published yet: see the log of `bonded sign`")
            }
            guard left > 0 else {
                return Health(problem: "the timestamp has expired: see the log of `bonded sign`")
            }
            // It is renewed halfway.
            if let lifetime = try row.get("timestamp_lifetime", as: Int?.self), left < lifetime / 4 {
                return Health(
                    problem:
                        "the timestamp expires in \(left) s and is not renewed: see the log of `bonded sign`")
            }
            if let oldest = try row.get("oldest_seconds", as: Int?.self), oldest > 60 {
                return Health(
                    problem: "an upload has waited \(oldest) s for its snapshot: see the log of `bonded sign`"
                )
            }
            return Health(problem: nil)
        }
    }
}
