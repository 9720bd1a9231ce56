import Blobs
import Postgres
import TUF

/// Mark and sweep: what the current snapshot does not name goes once its grace time is over. Root versions stay for
/// ever, since a client that was away for long needs each of them.
struct Cleanup {
    struct Result: Hashable, Sendable {
        var metadata = 0
        var pages = 0
        var blobs = 0
        var abandonedUploads = 0
        var drafts = 0
    }

    let connection: Connection
    let blobs: BlobStore
    let grace: Duration
    let now: MetadataTime

    func run() throws -> Result {
        let seconds = Int(grace.components.seconds)
        var result = Result()
        result.metadata = try connection.execute(
            """
            DELETE FROM metadata
            WHERE role <> 'root' AND superseded_at < now() - \(seconds)::bigint * interval '1 second'
            """)
        result.pages = try connection.execute(
            "DELETE FROM page WHERE superseded_at < now() - \(seconds)::bigint * interval '1 second'")
        result.drafts = try Warehouse.dropExpiredDrafts(at: now, connection)
        let retired = try connection.query(
            """
            DELETE FROM retired_blob WHERE retired_at < now() - \(seconds)::bigint * interval '1 second'
            RETURNING blake2b_256, filename
            """)
        for row in retired {
            let name = try BlobName(
                blake2Hex: Hex.encode(row.get("blake2b_256", as: [UInt8].self)), filename: row.get("filename")
            )
            if try blobs.remove(name) { result.blobs += 1 }
            try blobs.remove(name.metadataSidecar())
        }
        let cutoff = (now.secondsSinceEpoch - seconds) * 1_000_000
        result.blobs += try sweepOrphans(storedBefore: cutoff)
        result.abandonedUploads = try blobs.removeAbandonedUploads(lastWrittenBefore: cutoff)
        return result
    }

    /// Removes blobs that an upload stored and, for a crash, never recorded. One part of the store at a time, so
    /// that hourly runs come round in eleven days.
    private func sweepOrphans(storedBefore cutoff: Int) throws -> Int {
        let part = UInt8(truncatingIfNeeded: now.secondsSinceEpoch / 3600)
        let old = try blobs.blobs(inPart: part).map(\.name)
        let digests = old.compactMap { Hex.decode($0.blake2Hex) }
        let rows = try connection.query(
            """
            SELECT blake2b_256, filename FROM file WHERE blake2b_256 = ANY(\(digests))
            UNION ALL SELECT blake2b_256, filename FROM retired_blob WHERE blake2b_256 = ANY(\(digests))
            """)
        var known: Set<BlobName> = []
        for row in rows {
            let name = try BlobName(
                blake2Hex: Hex.encode(row.get("blake2b_256", as: [UInt8].self)), filename: row.get("filename")
            )
            known.formUnion([name, try name.metadataSidecar()])
        }
        var removed = 0
        for name in old where !known.contains(name) {
            if try blobs.remove(name, storedBefore: cutoff) { removed += 1 }
        }
        return removed
    }
}
