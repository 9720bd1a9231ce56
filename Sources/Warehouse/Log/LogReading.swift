package import CanonicalJSON
package import Postgres
import TUF

/// What a walk along the whole chain found.
package struct LogVerdict: Hashable, Sendable {
    /// Entries whose hash follows from the one before.
    package let verified: Int
    /// Of the last verified entry, hexadecimal. Compare it with what was noted elsewhere: entries cut off at the end
    /// leave no other trace.
    package let head: String
    /// The first place where the chain does not hold.
    package let brokenAt: Int?
    /// Entries that the snapshot process has not chained yet.
    package let waiting: Int
}

/// An entry as it is shown.
package struct LogEntry: Sendable {
    /// Nil until the snapshot process has chained it.
    package let seq: Int?
    package let recordedAt: Postgres.Timestamp
    package let kind: String
    package let body: JSONObject
}

extension Warehouse {
    private static let logBatch = 10_000

    /// Recomputes every hash from the first entry on.
    package func verifyLog() async throws -> LogVerdict {
        try await database.read { connection in
            var (seq, previous) = (0, LogLink.origin)
            var brokenAt: Int?
            walk: while true {
                let rows = try connection.query(
                    """
                    SELECT seq, recorded_at, kind, body, previous, hash FROM log_entry
                    WHERE seq > \(seq) ORDER BY seq LIMIT \(Self.logBatch)
                    """)
                if rows.isEmpty { break }
                for row in rows {
                    let next = seq + 1
                    guard try row.get("seq", as: Int.self) == next,
                        try row.get("previous", as: [UInt8].self) == previous,
                        let link = try? LogLink(row, seq: next, previous: previous),
                        try row.get("hash", as: [UInt8].self) == link.hash
                    else {
                        brokenAt = next
                        break walk
                    }
                    (seq, previous) = (next, link.hash)
                }
            }
            let waiting: Int = try connection.single("SELECT count(*) FROM log_entry WHERE seq IS NULL")
            return LogVerdict(
                verified: seq, head: Hex.encode(previous), brokenAt: brokenAt, waiting: waiting)
        }
    }

    /// The newest entries, oldest first.
    ///
    /// - Parameter project: normalized name; nil for all.
    package func logEntries(of project: String?, limit: Int) async throws -> [LogEntry] {
        // Normalized names need no escape in JSON.
        let mention = project.map { Array("\"project\":\"\($0)\"".utf8) }
        return try await database.read { connection in
            try connection.query(
                """
                SELECT seq, recorded_at, kind, body FROM log_entry
                WHERE \(mention)::bytea IS NULL OR position(\(mention)::bytea IN body) > 0
                ORDER BY id DESC LIMIT \(limit)
                """
            ).map { row in
                LogEntry(
                    seq: try row.get("seq"), recordedAt: try row.get("recorded_at"),
                    kind: try row.get("kind"),
                    body: try JSONValue(parsing: row.get("body", as: [UInt8].self)).object ?? [:])
            }.reversed()
        }
    }
}
