import Postgres

/// A metadata file as it is served.
package struct StoredMetadata: Sendable {
    package let version: Int
    package let bytes: [UInt8]
}

extension Warehouse {
    /// The metadata of a role at a version, current or within its grace time.
    package func metadata(role: String, version: Int) async throws -> StoredMetadata? {
        try await database.read { connection in
            try connection.one(
                "SELECT version, bytes FROM metadata WHERE role = \(role) AND version = \(version)"
            ).map(Self.storedMetadata)
        }
    }

    /// The metadata of a role that the current snapshot lists.
    package func currentMetadata(role: String) async throws -> StoredMetadata? {
        try await database.read { connection in
            try connection.one(
                "SELECT version, bytes FROM metadata WHERE role = \(role) AND superseded_at IS NULL"
            ).map(Self.storedMetadata)
        }
    }

    private static func storedMetadata(_ row: Row) throws -> StoredMetadata {
        StoredMetadata(version: try row.get("version"), bytes: try row.get("bytes"))
    }
}
