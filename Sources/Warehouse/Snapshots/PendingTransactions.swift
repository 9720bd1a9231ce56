import Blobs
import Packaging
import Postgres
import TUF

/// What a batch of project transactions changes, once its rows have been brought up to date.
struct AppliedBatch {
    let transactions: [Int]
    /// Targets that exist from now on, or exist with new content.
    var changed: [TargetRow] = []
    /// Paths that no role lists any longer.
    var removed: [TargetRow] = []
}

/// A row of `target`.
struct TargetRow {
    let path: String
    let role: String
    let length: Int
    let sha256: [UInt8]
}

/// Brings rows and pages up to date with the pending transactions; signs nothing.
struct PendingTransactions {
    let connection: Connection
    /// The snapshot that will carry them.
    let snapshotVersion: Int
    /// Which bin a path belongs to.
    let role: (String) throws -> RoleName

    /// - Parameter limit: how many transactions at most, oldest first, ≥ 1.
    /// - Returns: nil if nothing is pending.
    func apply(limit: Int) throws -> AppliedBatch? {
        let pending = try connection.query(
            """
            SELECT id, project_id FROM project_transaction
            WHERE snapshot_version IS NULL ORDER BY id LIMIT \(limit)
            """)
        guard !pending.isEmpty else { return nil }
        let transactions = try pending.map { try $0.get("id", as: Int.self) }
        let projects = try Array(Set(pending.map { try $0.get("project_id", as: Int.self) })).sorted()

        var batch = AppliedBatch(transactions: transactions)
        try numberJournal(transactions, projects)
        batch.changed += try publishFiles(transactions)
        batch.removed += try removeFiles(transactions)
        batch.changed += try renderPages(of: projects)
        try store(batch)
        try connection.execute(
            """
            UPDATE project_transaction SET snapshot_version = \(snapshotVersion) WHERE id = ANY(\(transactions))
            """)
        return batch
    }

    private func numberJournal(_ transactions: [Int], _ projects: [Int]) throws {
        try connection.execute(
            """
            UPDATE journal SET serial = numbered.serial
            FROM (
                SELECT id, (SELECT coalesce(max(serial), 0) FROM journal)
                           + row_number() OVER (ORDER BY transaction_id, id) AS serial
                FROM journal WHERE transaction_id = ANY(\(transactions))
            ) AS numbered
            WHERE journal.id = numbered.id
            """)
        try connection.execute(
            """
            UPDATE project SET last_serial = latest.serial
            FROM (
                SELECT project_id, max(serial) AS serial FROM journal
                WHERE transaction_id = ANY(\(transactions)) GROUP BY project_id
            ) AS latest
            WHERE project.id = latest.project_id AND project.id = ANY(\(projects))
            """)
    }

    private func publishFiles(_ transactions: [Int]) throws -> [TargetRow] {
        try connection.query(
            """
            UPDATE file SET published_in = \(snapshotVersion)
            FROM project, transaction_change AS change
            WHERE project.id = file.project_id AND change.filename = file.filename
              AND change.transaction_id = ANY(\(transactions)) AND change.action = 'add'
            RETURNING project.normalized_name, file.filename, file.size, file.sha256
            """
        ).map { row in
            let path =
                try row.get("normalized_name", as: String.self) + "/" + row.get("filename", as: String.self)
            return TargetRow(
                path: path, role: try role(path).text, length: try row.get("size"),
                sha256: try row.get("sha256"))
        }
    }

    private func removeFiles(_ transactions: [Int]) throws -> [TargetRow] {
        try connection.query(
            """
            WITH removed AS (
                DELETE FROM file USING transaction_change AS change
                WHERE change.filename = file.filename AND change.action = 'remove'
                  AND change.transaction_id = ANY(\(transactions))
                RETURNING file.filename, file.project_id, file.sha256, file.blake2b_256,
                          coalesce(change.reason, '') AS reason
            ), remembered AS (
                INSERT INTO removed_file (filename, project_id, sha256, blake2b_256, reason)
                SELECT filename, project_id, sha256, blake2b_256, reason FROM removed
            ), retired AS (
                INSERT INTO retired_blob (blake2b_256, filename) SELECT blake2b_256, filename FROM removed
            )
            DELETE FROM target USING removed, project
            WHERE project.id = removed.project_id
              AND target.path = project.normalized_name || '/' || removed.filename
            RETURNING target.path, target.role, target.length, target.sha256
            """
        ).map(Self.targetRow)
    }

    private func renderPages(of projects: [Int]) throws -> [TargetRow] {
        let files = try connection.query(
            """
            SELECT file.project_id, release.version, filename, blake2b_256, sha256, size, file.requires_python,
                   metadata_sha256, uploaded_at
            FROM file JOIN release ON release.id = file.release_id
            WHERE file.project_id = ANY(\(projects)) AND published_in IS NOT NULL
            """)
        let filesByProject = try Dictionary(grouping: files) { try $0.get("project_id", as: Int.self) }
        let rows = try connection.query(
            "SELECT id, normalized_name, last_serial FROM project WHERE id = ANY(\(projects)) ORDER BY id")

        var pages = PageColumns()
        var targets: [TargetRow] = []
        for row in rows {
            let id: Int = try row.get("id")
            let name: String = try row.get("normalized_name")
            let serial: Int = try row.get("last_serial")
            let page = ProjectPage(
                name: try ProjectName(name), serial: serial, status: .active,
                files: try (filesByProject[id] ?? []).map(Self.pageFile))
            for format in PageFormat.allCases {
                let bytes = format == .html ? page.html() : page.json()
                let path = "\(name)/\(format.targetName)"
                let sha256 = Digest.sha256(bytes)
                pages.append(project: id, format: format, sha256: sha256, bytes: bytes, serial: serial)
                targets.append(
                    TargetRow(path: path, role: try role(path).text, length: bytes.count, sha256: sha256))
            }
        }
        try connection.execute(
            """
            UPDATE page SET superseded_at = now() WHERE project_id = ANY(\(projects)) AND superseded_at IS NULL
            """)
        try connection.execute(
            """
            INSERT INTO page (project_id, format, sha256, bytes, serial)
            SELECT * FROM unnest(\(pages.projects)::bigint[], \(pages.formats)::text[], \(pages.hashes)::bytea[],
                                 \(pages.contents)::bytea[], \(pages.serials)::bigint[])
            ON CONFLICT (project_id, format, sha256)
            DO UPDATE SET superseded_at = NULL, serial = excluded.serial
            """)
        return targets
    }

    private func store(_ batch: AppliedBatch) throws {
        let rows = batch.changed
        try connection.execute(
            """
            INSERT INTO target (path, role, length, sha256)
            SELECT * FROM unnest(\(rows.map(\.path))::text[], \(rows.map(\.role))::text[],
                                 \(rows.map(\.length))::bigint[], \(rows.map(\.sha256))::bytea[])
            ON CONFLICT (path) DO UPDATE
            SET role = excluded.role, length = excluded.length, sha256 = excluded.sha256
            """)
    }

    private static func pageFile(_ row: Row) throws -> ProjectPage.File {
        let filename: String = try row.get("filename")
        let blake2b: [UInt8] = try row.get("blake2b_256")
        let metadata: [UInt8]? = try row.get("metadata_sha256")
        let uploadedAt: Postgres.Timestamp = try row.get("uploaded_at")
        return ProjectPage.File(
            filename: filename, version: try Version(row.get("version", as: String.self)),
            path: try BlobName(blake2Hex: Hex.encode(blake2b), filename: filename).path,
            sha256Hex: Hex.encode(try row.get("sha256", as: [UInt8].self)),
            requiresPython: try row.get("requires_python"), size: try row.get("size"),
            uploadTime: uploadedAt.microsecondsSinceEpoch,
            coreMetadataSha256Hex: metadata.map { Hex.encode($0) })
    }

    private static func targetRow(_ row: Row) throws -> TargetRow {
        TargetRow(
            path: try row.get("path"), role: try row.get("role"), length: try row.get("length"),
            sha256: try row.get("sha256"))
    }
}

/// Rows of `page`, turned into the arrays that one statement inserts.
private struct PageColumns {
    var projects: [Int] = []
    var formats: [String] = []
    var hashes: [[UInt8]] = []
    var contents: [[UInt8]] = []
    var serials: [Int] = []

    mutating func append(project: Int, format: PageFormat, sha256: [UInt8], bytes: [UInt8], serial: Int) {
        projects.append(project)
        formats.append(format.rawValue)
        hashes.append(sha256)
        contents.append(bytes)
        serials.append(serial)
    }
}
