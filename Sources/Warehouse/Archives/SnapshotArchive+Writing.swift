import CanonicalJSON
import Crypto
import Foundation
package import Postgres
import TUF

/// An archive that was written.
package struct ArchivedSnapshot: Hashable, Sendable {
    package let name: String
    package let snapshotVersion: Int
    package let sha256: [UInt8]
    package let archivedAt: Postgres.Timestamp
}

extension Warehouse {
    /// Archives the public snapshot, verified from a trusted root on its way.
    ///
    /// - Parameters:
    ///   - name: what it is called from now on; unique.
    ///   - path: a file that does not exist yet.
    ///   - root: bytes of a root that is trusted.
    /// - Throws: ``ArchiveFault``, `MetadataError`; then there is no file.
    package func archiveSnapshot(
        as name: String, to path: String, trustedRoot root: [UInt8]
    ) async throws -> ArchivedSnapshot {
        let version = try await database.read { connection in
            guard try connection.one("SELECT FROM snapshot_archive WHERE name = \(name)") == nil else {
                throw WarehouseError.archiveNameTaken(name)
            }
            let writer = try GzipLineWriter(creating: path)
            let version = try ArchiveWriting(connection: connection, writer: writer).run(trustedRoot: root)
            try writer.finish()
            return version
        }
        let sha256 = try Self.sha256(ofFile: path)
        return try await database.transaction { connection in
            guard
                let row = try connection.one(
                    """
                    INSERT INTO snapshot_archive (name, snapshot_version, sha256)
                    VALUES (\(name), \(version), \(sha256)) ON CONFLICT DO NOTHING RETURNING archived_at
                    """)
            else { throw WarehouseError.archiveNameTaken(name) }
            try Self.log(
                .snapshotArchived,
                [
                    "name": .string(name), "snapshot": .integer(version),
                    "sha256": .string(Hex.encode(sha256)),
                ], connection)
            return ArchivedSnapshot(
                name: name, snapshotVersion: version, sha256: sha256, archivedAt: try row.get("archived_at"))
        }
    }

    /// Of a file of any size.
    package static func sha256(ofFile path: String) throws -> [UInt8] {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        var hash = SHA256()
        while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
        return Array(hash.finalize())
    }

    /// Newest first.
    package func archivedSnapshots() async throws -> [ArchivedSnapshot] {
        try await database.read { connection in
            try connection.query("SELECT * FROM snapshot_archive ORDER BY archived_at DESC, name").map {
                row in
                ArchivedSnapshot(
                    name: try row.get("name"), snapshotVersion: try row.get("snapshot_version"),
                    sha256: try row.get("sha256"), archivedAt: try row.get("archived_at"))
            }
        }
    }
}

private struct ArchiveWriting {
    let connection: Connection
    let writer: GzipLineWriter

    /// - Returns: the snapshot's version.
    func run(trustedRoot root: [UInt8]) throws -> Int {
        let snapshot = PublicSnapshot(connection: connection)
        try write(SnapshotArchive.header)
        for (version, bytes) in try snapshot.roots() { try write(.root, version: version, bytes) }
        for role in [RoleName.timestamp, .snapshot] {
            let (version, bytes) = try snapshot.current(role)
            try write(role, version: version, bytes)
        }
        let version = try snapshot.walk(trustedRoot: root) { role, version, bytes, targets in
            try write(role, version: version, bytes)
            try writePages(targets)
        }
        try write(SnapshotArchive.end)
        return version
    }

    private func writePages(_ targets: Targets) throws {
        let listed = targets.targets.filter { $0.key.text.hasSuffix(SnapshotArchive.pageSuffix) }
        for (path, file) in listed.sorted(by: { $0.key < $1.key }) {
            let project = String(path.text.dropLast(SnapshotArchive.pageSuffix.count))
            let row = try connection.one(
                """
                SELECT page.bytes FROM page JOIN project ON project.id = page.project_id
                WHERE normalized_name = \(project) AND format = 'json'
                  AND sha256 = \(file.hashes["sha256"].flatMap(Hex.decode))
                """)
            guard let bytes = try row?.get("bytes", as: [UInt8].self) else {
                throw ArchiveFault.wrongPage(path: "the index", page: path.text)
            }
            try file.verify(bytes)
            try write([
                "page": .string(path.text), "content": .string(String(decoding: bytes, as: UTF8.self)),
            ])
        }
    }

    private func write(_ role: RoleName, version: Int, _ bytes: [UInt8]) throws {
        try write([
            "metadata": .string(role.text), "version": .integer(version),
            "content": .string(String(decoding: bytes, as: UTF8.self)),
        ])
    }

    private func write(_ line: JSONObject) throws { try writer.write(JSONValue.object(line).jsonBytes()) }
}
