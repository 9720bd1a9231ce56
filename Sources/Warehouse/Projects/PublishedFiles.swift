import Blobs
import Packaging
import Postgres
import TUF

extension ProjectPage.File {
    /// The files that installers are shown, by project.
    static func published(
        of projects: [Int], _ connection: Connection
    ) throws -> [Int: [ProjectPage.File]] {
        let rows = try connection.query(
            """
            SELECT file.project_id, release.version, filename, blake2b_256, sha256, size, file.requires_python,
                   metadata_sha256, uploaded_at, yanked_reason
            FROM file JOIN release ON release.id = file.release_id
            WHERE file.project_id = ANY(\(projects)) AND published_in IS NOT NULL
            """)
        return try Dictionary(grouping: rows) { try $0.get("project_id", as: Int.self) }
            .mapValues { try $0.map(ProjectPage.File.init) }
    }

    private init(_ row: Row) throws {
        let filename: String = try row.get("filename")
        let blake2b: [UInt8] = try row.get("blake2b_256")
        let metadata: [UInt8]? = try row.get("metadata_sha256")
        let uploadedAt: Postgres.Timestamp = try row.get("uploaded_at")
        let yanked: String? = try row.get("yanked_reason")
        self.init(
            filename: filename, version: try Version(row.get("version", as: String.self)),
            path: try BlobName(blake2Hex: Hex.encode(blake2b), filename: filename).path,
            sha256Hex: Hex.encode(try row.get("sha256", as: [UInt8].self)),
            requiresPython: try row.get("requires_python"), size: try row.get("size"),
            uploadTime: uploadedAt.microsecondsSinceEpoch,
            yanked: yanked.map { .yes(reason: $0.isEmpty ? nil : $0) } ?? .no,
            coreMetadataSha256Hex: metadata.map { Hex.encode($0) })
    }
}
