package import Blobs
package import Packaging
import Postgres
import TUF

/// The two representations of an index page, and what tells them apart among the targets.
package enum PageFormat: String, CaseIterable, Sendable {
    case html
    case json

    /// The last component of the page's target path.
    package var targetName: String { "index.\(rawValue)" }
}

/// An index page as the current snapshot vouches for it.
package struct StoredPage: Sendable {
    package let bytes: [UInt8]
    package let sha256: [UInt8]
    /// The project's last journal serial.
    package let serial: Int
}

/// A public distribution, as much as it takes to serve it.
package struct StoredFile: Sendable {
    package let blob: BlobName
    package let size: Int
    package let sha256: [UInt8]
    /// Of the core metadata beside it; nil where none is kept (an sdist).
    package let metadataSHA256: [UInt8]?
}

extension Warehouse {
    /// The page that `/simple/<project>/` serves, byte for byte the target of the same name.
    ///
    /// - Returns: nil while no snapshot lists the project.
    package func page(of normalizedName: String, format: PageFormat) async throws -> StoredPage? {
        try await database.read { connection in
            try connection.one(
                """
                SELECT page.bytes, page.sha256, page.serial FROM page JOIN project ON project.id = page.project_id
                WHERE project.normalized_name = \(normalizedName) AND page.format = \(format.rawValue)
                  AND page.superseded_at IS NULL AND \(Self.isOpenPage)
                """
            ).map(Self.storedPage)
        }
    }

    /// A page by its content, of the current snapshot or of an older one whose grace time has not run out.
    package func page(
        of normalizedName: String, format: PageFormat, sha256: [UInt8]
    ) async throws -> StoredPage? {
        try await database.read { connection in
            try connection.one(
                """
                SELECT page.bytes, page.sha256, page.serial FROM page JOIN project ON project.id = page.project_id
                WHERE project.normalized_name = \(normalizedName) AND page.format = \(format.rawValue)
                  AND page.sha256 = \(sha256) AND \(Self.isOpenPage)
                """
            ).map(Self.storedPage)
        }
    }

    /// A public file by its place among the blobs.
    package func file(at blob: BlobName) async throws -> StoredFile? {
        try await database.read { connection in
            try connection.one(
                """
                SELECT filename, blake2b_256, size, sha256, metadata_sha256
                FROM file JOIN project ON project.id = file.project_id
                WHERE filename = \(blob.filename) AND blake2b_256 = \(Hex.decode(blob.blake2Hex))
                  AND published_in IS NOT NULL AND \(Self.isOpen)
                """
            ).map(Self.storedFile)
        }
    }

    /// A public file by its target path and hash.
    package func file(
        of normalizedName: String, filename: String, sha256: [UInt8]
    ) async throws -> StoredFile? {
        try await database.read { connection in
            try connection.one(
                """
                SELECT filename, blake2b_256, size, sha256, metadata_sha256
                FROM file JOIN project ON project.id = file.project_id
                WHERE filename = \(filename) AND project.normalized_name = \(normalizedName)
                  AND sha256 = \(sha256) AND published_in IS NOT NULL AND \(Self.isOpen)
                """
            ).map(Self.storedFile)
        }
    }

    /// Every public project, by normalized name.
    package func projects() async throws -> [RootPage.Project] {
        try await database.read { connection in
            try connection.query(
                "SELECT name, last_serial FROM project WHERE last_serial > 0 AND status <> 'removed' ORDER BY normalized_name"
            ).map { row in
                RootPage.Project(name: try ProjectName(row.get("name")), serial: try row.get("last_serial"))
            }
        }
    }

    /// Files are shown of projects that are neither quarantined nor removed.
    private static let isOpen: SQL = "project.status NOT IN ('quarantined', 'removed')"
    /// The page of a quarantined project says so, unless its maintainers have signed another.
    private static let isOpenPage: SQL = """
        (project.status NOT IN ('quarantined', 'removed')
         OR project.status = 'quarantined' AND NOT EXISTS (SELECT FROM claim WHERE project_id = project.id))
        """

    private static func storedPage(_ row: Row) throws -> StoredPage {
        StoredPage(
            bytes: try row.get("bytes"), sha256: try row.get("sha256"), serial: try row.get("serial"))
    }

    private static func storedFile(_ row: Row) throws -> StoredFile {
        StoredFile(
            blob: try BlobName(
                blake2Hex: Hex.encode(row.get("blake2b_256", as: [UInt8].self)), filename: row.get("filename")
            ),
            size: try row.get("size"), sha256: try row.get("sha256"),
            metadataSHA256: try row.get("metadata_sha256"))
    }
}
