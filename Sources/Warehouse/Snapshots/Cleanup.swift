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
    }

    let connection: Connection
    let blobs: BlobStore
    let grace: Duration

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
        return result
    }
}
