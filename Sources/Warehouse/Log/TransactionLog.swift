import CanonicalJSON
import Postgres
import TUF

/// What an entry of the transaction log tells.
package enum LogKind: String, Sendable, CaseIterable {
    case tokenCreated = "token created"
    case tokenRevoked = "token revoked"
    case keyRegistered = "key registered"
    case keyConfirmed = "key confirmed"
    case keyRetired = "key retired"
    case draftOpened = "draft opened"
    case draftSigned = "draft signed"
    case draftDropped = "draft dropped"
    case offlineDrafted = "offline drafted"
    case offlineSigned = "offline signed"
    case offlineDropped = "offline dropped"
    case projectStatus = "project status"
    case snapshotArchived = "snapshot archived"
    case rotationBegun = "rotation begun"
    case rotationFinished = "rotation finished"
    case recoveryBegun = "recovery begun"
    case recoveryRestored = "recovery restored"
    case recoveryFinished = "recovery finished"
    case bulletinPosted = "bulletin posted"
    case bulletinChanged = "bulletin changed"
    case bulletinWithdrawn = "bulletin withdrawn"
    /// A project transaction that waits for its snapshot.
    case transaction
    /// Metadata that became public.
    case published
}

extension Warehouse {
    /// Adds an entry to the log, in the database transaction of what it tells about.
    ///
    /// - Parameter body: names and values, such as project, account, key ID; no secret.
    static func log(_ kind: LogKind, _ body: JSONObject, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO log_entry (kind, body)
            VALUES (\(kind.rawValue), \(JSONValue.object(body).canonicalBytes()))
            """)
    }

    /// Gives every entry that has none its place in the chain. Only the leading snapshot process does.
    static func chainLog(_ connection: Connection) throws {
        let last = try connection.one(
            "SELECT seq, hash FROM log_entry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
        var seq: Int = try last?.get("seq") ?? 0
        var previous: [UInt8] = try last?.get("hash") ?? LogLink.origin
        var (ids, seqs): ([Int], [Int]) = ([], [])
        var (previousHashes, hashes): ([[UInt8]], [[UInt8]]) = ([], [])
        for row in try connection.query(
            "SELECT id, recorded_at, kind, body FROM log_entry WHERE seq IS NULL ORDER BY id")
        {
            seq += 1
            let hash = try LogLink(row, seq: seq, previous: previous).hash
            ids.append(try row.get("id"))
            seqs.append(seq)
            previousHashes.append(previous)
            hashes.append(hash)
            previous = hash
        }
        guard !ids.isEmpty else { return }
        try connection.execute(
            """
            UPDATE log_entry SET seq = link.seq, previous = link.previous, hash = link.hash
            FROM unnest(\(ids)::bigint[], \(seqs)::bigint[], \(previousHashes)::bytea[], \(hashes)::bytea[])
                 AS link (id, seq, previous, hash)
            WHERE log_entry.id = link.id
            """)
    }
}

/// One entry with its place in the chain.
///
/// - Shape of what is hashed (SHA-256), in canonical form: `{"body": object, "kind": text, "previous": hex,
///   "recorded_at": microseconds since 1970, "seq": n}`; the first entry's `previous` is 32 zero bytes.
struct LogLink {
    static let origin = [UInt8](repeating: 0, count: 32)

    let seq: Int
    let recordedAt: Int
    let kind: String
    let body: JSONValue
    let previous: [UInt8]

    init(_ row: Row, seq: Int, previous: [UInt8]) throws {
        self.seq = seq
        self.previous = previous
        recordedAt = try row.get("recorded_at", as: Postgres.Timestamp.self).microsecondsSinceEpoch
        kind = try row.get("kind")
        body = try JSONValue(parsing: row.get("body", as: [UInt8].self))
    }

    var hash: [UInt8] {
        let entry: JSONValue = [
            "seq": .integer(seq), "recorded_at": .integer(recordedAt), "kind": .string(kind), "body": body,
            "previous": .string(Hex.encode(previous)),
        ]
        return Digest.sha256(entry.canonicalBytes())
    }
}
