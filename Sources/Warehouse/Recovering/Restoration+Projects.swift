import Blobs
import Packaging
import Postgres
import TUF
import TUFRepository

/// One project's files, page and what waits for it.
extension Restoration {
    func restore(_ name: String, into report: inout RestorationReport) throws {
        guard let project = try projectID(of: name, creating: hasArchive) else { return }
        try dropWhatWaits(for: project)
        let isClaimed = try connection.one("SELECT FROM claim WHERE project_id = \(project)") != nil
        if hasArchive {
            let archived = try connection.one("SELECT bytes FROM archived_page WHERE project = \(name)")
            let page = try archived.map { try ProjectPage(parsing: $0.get("bytes")) }
            try restoreFiles(page?.files ?? [], of: name, project, into: &report)
            if isClaimed, let page, !plan.projects.contains(name) {
                return try restorePage(page, of: project)
            }
        }
        if !isClaimed { try Warehouse.rebuild(name, project, because: "restore", connection) }
    }

    /// Gives up drafts and uploads under way: they came after the last known good snapshot.
    private func dropWhatWaits(for project: Int) throws {
        try connection.execute("DELETE FROM draft WHERE project_id = \(project) AND state <> 'published'")
        for table in ["journal", "transaction_change"] as [StaticString] {
            try connection.execute(
                """
                DELETE FROM \(raw: table) WHERE transaction_id IN (
                    SELECT id FROM project_transaction WHERE project_id = \(project) AND snapshot_version IS NULL)
                """)
        }
        try connection.execute(
            "DELETE FROM project_transaction WHERE project_id = \(project) AND snapshot_version IS NULL")
        try retire("project_id = \(project) AND published_in IS NULL")
    }

    private func restoreFiles(
        _ files: [ProjectPage.File], of name: String, _ project: Int, into report: inout RestorationReport
    ) throws {
        let wanted = Dictionary(files.map { ($0.filename, $0) }, uniquingKeysWith: { first, _ in first })
        var kept: Set<String> = []
        for row in try connection.query(
            "SELECT filename, size, sha256, blake2b_256 FROM file WHERE project_id = \(project) ORDER BY filename"
        ) {
            let filename: String = try row.get("filename")
            let blob = try BlobName(
                blake2Hex: Hex.encode(row.get("blake2b_256", as: [UInt8].self)), filename: filename)
            let isSame =
                try wanted[filename].map { file in
                    try file.sha256Hex == Hex.encode(row.get("sha256", as: [UInt8].self))
                        && file.path == blob.path && file.size == row.get("size", as: Int.self)
                } ?? false
            if isSame {
                kept.insert(filename)
            } else {
                try retire("filename = \(filename)")
                if wanted[filename] == nil { report.removed.append("\(name)/\(filename)") }
            }
        }
        for file in files {
            let path = "\(name)/\(file.filename)"
            guard let digests = try digests(of: file) else {
                if kept.contains(file.filename) { try retire("filename = \(file.filename)") }
                report.lost.append(path)
                continue
            }
            if !kept.contains(file.filename) {
                try insert(file, digests, into: project)
                report.restored.append(path)
            }
            try describe(file)
        }
    }

    /// - Returns: nil where the store does not have these bytes.
    private func digests(of file: ProjectPage.File) throws -> ContentDigests? {
        guard let blob = try blobs.open(BlobName(path: file.path)), blob.size == file.size else { return nil }
        let hasher = ContentHasher()
        var position = 0
        while position < blob.size {
            let chunk = try blob.read(at: position, count: 1 << 20)
            if chunk.isEmpty { return nil }
            chunk.withUnsafeBytes { hasher.update($0) }
            position += chunk.count
        }
        let digests = hasher.digests()
        return digests.sha256Hex == file.sha256Hex ? digests : nil
    }

    private func insert(_ file: ProjectPage.File, _ digests: ContentDigests, into project: Int) throws {
        let name = try DistributionFilename(file.filename)
        let (version, canonical) = (file.version.description, file.version.canonical)
        let release: Int = try connection.single(
            """
            INSERT INTO release (project_id, version, canonical_version) VALUES (\(project), \(version), \(canonical))
            ON CONFLICT (project_id, canonical_version) DO UPDATE SET version = release.version RETURNING id
            """)
        // Whoever has the same name or content now came after the last known good snapshot.
        try retire("filename = \(file.filename) OR blake2b_256 = \(Hex.decode(digests.blake2Hex))")
        try connection.execute(
            """
            INSERT INTO file (project_id, release_id, filename, filetype, size, sha256, blake2b_256, md5, uploaded_by,
                              published_in)
            VALUES (\(project), \(release), \(file.filename), \(name.fileType.rawValue), \(file.size),
                    \(Hex.decode(digests.sha256Hex)), \(Hex.decode(digests.blake2Hex)), \(Hex.decode(digests.md5Hex)),
                    \(identity.accountID), 1)
            """)
        try connection.execute("DELETE FROM removed_file WHERE filename = \(file.filename)")
        try connection.execute("DELETE FROM retired_blob WHERE filename = \(file.filename)")
    }

    /// What the page says besides the content.
    private func describe(_ file: ProjectPage.File) throws {
        let yanked: String? =
            switch file.yanked {
            case .no: nil
            case .yes(let reason): reason ?? ""
            }
        try connection.execute(
            """
            UPDATE file SET requires_python = \(file.requiresPython), yanked_reason = \(yanked),
                            metadata_sha256 = \(file.coreMetadataSha256Hex.flatMap(Hex.decode)),
                            uploaded_at = to_timestamp(0) + \(file.uploadTime)::bigint * interval '1 microsecond',
                            published_in = coalesce(published_in, 1)
            WHERE filename = \(file.filename)
            """)
    }

    /// A claimed project's pages are signed for as they were.
    private func restorePage(_ page: ProjectPage, of project: Int) throws {
        try connection.execute(
            "UPDATE page SET superseded_at = now() WHERE project_id = \(project) AND superseded_at IS NULL")
        for (format, bytes) in [(PageFormat.html, page.html()), (.json, page.json())] {
            try connection.execute(
                """
                INSERT INTO page (project_id, format, sha256, bytes, serial)
                SELECT id, \(format.rawValue), \(Digest.sha256(bytes)), \(bytes), last_serial
                FROM project WHERE id = \(project)
                ON CONFLICT (project_id, format, sha256)
                DO UPDATE SET superseded_at = NULL, bytes = excluded.bytes
                """)
        }
    }

    private func retire(_ condition: SQL) throws {
        try connection.execute(
            """
            WITH gone AS (DELETE FROM file WHERE \(condition) RETURNING blake2b_256, filename)
            INSERT INTO retired_blob (blake2b_256, filename) SELECT blake2b_256, filename FROM gone
            ON CONFLICT DO NOTHING
            """)
    }
}
