import Postgres
import TUF
import TUFClient

/// The snapshot that is public, as one database transaction sees it.
struct PublicSnapshot {
    let connection: Connection

    /// Every root, oldest first, with its version.
    func roots() throws -> [(version: Int, bytes: [UInt8])] {
        try connection.query("SELECT version, bytes FROM metadata WHERE role = 'root' ORDER BY version").map {
            (try $0.get("version"), try $0.get("bytes"))
        }
    }

    func current(_ role: RoleName) throws -> (version: Int, bytes: [UInt8]) {
        let row = try connection.one(
            "SELECT version, bytes FROM metadata WHERE role = \(role.text) AND superseded_at IS NULL")
        guard let row else { throw WarehouseError.metadataMissing(role: role.text) }
        return (try row.get("version"), try row.get("bytes"))
    }

    /// Verifies every role in the order in which clients look.
    ///
    /// - Parameter body: takes each.
    /// - Returns: the snapshot's version.
    /// - Throws: `MetadataError`, ``WarehouseError/metadataMissing(role:)``; what `body` throws.
    func walk(
        trustedRoot root: [UInt8],
        _ body: (_ role: RoleName, _ version: Int, _ bytes: [UInt8], _ targets: Targets) throws -> Void
    ) throws -> Int {
        var walk = try SnapshotWalk(
            trustedRoot: root, roots: roots().map(\.bytes), timestamp: current(.timestamp).bytes,
            snapshot: current(.snapshot).bytes)
        while let (role, _, version) = try walk.next {
            let row = try connection.one(
                "SELECT bytes FROM metadata WHERE role = \(role.text) AND version = \(version)")
            guard let bytes = try row?.get("bytes", as: [UInt8].self) else {
                throw WarehouseError.metadataMissing(role: role.text)
            }
            try body(role, version, bytes, walk.take(bytes))
        }
        return walk.snapshotVersion
    }
}

extension Warehouse {
    /// Verifies everything that is public from a root.
    ///
    /// - Returns: the snapshot's version.
    /// - Throws: as ``PublicSnapshot/walk(trustedRoot:_:)``.
    package func verifyPublicSnapshot(trustedRoot root: [UInt8]) async throws -> Int {
        try await database.read { connection in
            try PublicSnapshot(connection: connection).walk(trustedRoot: root) { _, _, _, _ in }
        }
    }
}
