import Postgres
package import TUF

/// A target that is not as it was when a snapshot was archived.
package struct SnapshotDifference: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case added, changed, deleted
    }

    package let kind: Kind
    package let path: TargetPath
    /// SHA-256, hexadecimal, then and now.
    package let archived: String?
    package let current: String?
}

extension Warehouse {
    /// Compares what is public with an archived snapshot (PEP 480, "Auditing Snapshots"). Both are verified.
    ///
    /// - Parameter root: bytes of a root that is trusted.
    /// - Throws: ``ArchiveFault``, `MetadataError`.
    package func compare(
        withArchive path: String, trustedRoot root: [UInt8]
    ) async throws -> [SnapshotDifference] {
        try await database.transaction(.repeatableRead) { connection in
            let tables = ArchiveTables(connection: connection)
            _ = try tables.load(path, trustedRoot: root)
            try tables.loadPublic(trustedRoot: root)
            return try connection.query(
                """
                SELECT path, archived.sha256 AS archived, current.sha256 AS current
                FROM archived_target AS archived FULL JOIN current_target AS current USING (path)
                WHERE archived.sha256 IS DISTINCT FROM current.sha256
                   OR archived.length IS DISTINCT FROM current.length
                ORDER BY path COLLATE "C"
                """
            ).map { row in
                let archived = try row.get("archived", as: [UInt8]?.self).map { Hex.encode($0) }
                let current = try row.get("current", as: [UInt8]?.self).map { Hex.encode($0) }
                return SnapshotDifference(
                    kind: archived == nil ? .added : current == nil ? .deleted : .changed,
                    path: try TargetPath(row.get("path")), archived: archived, current: current)
            }
        }
    }
}
