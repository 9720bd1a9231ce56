import Blobs
import Packaging
import Postgres
import TUF
import TUFRepository

/// What a batch of project transactions changes, once its rows have been brought up to date.
struct AppliedBatch {
    let transactions: [Int]
    /// Targets that exist from now on, or exist with new content.
    var changed: [TargetRow] = []
    /// Paths that no bin lists any longer.
    var removed: [TargetRow] = []
    /// What maintainers have signed, with the role that delegates to each.
    var adopted: [AdoptedRole] = []
    /// Whether the delegations of recently-claimed are others than before.
    var changesRecentlyClaimed = false
}

/// Metadata that was signed elsewhere and is published as it is.
struct AdoptedRole {
    let signed: SignedRole
    let delegator: RoleName
}

/// A row of `target`.
struct TargetRow {
    let path: String
    let role: String
    let length: Int
    let sha256: [UInt8]
}

extension TargetRow {
    init(_ row: Row) throws {
        self.init(
            path: try row.get("path"), role: try row.get("role"), length: try row.get("length"),
            sha256: try row.get("sha256"))
    }
}

/// Brings rows and pages up to date with the pending transactions; signs nothing.
struct PendingTransactions {
    let connection: Connection
    /// The snapshot that will carry them.
    let snapshotVersion: Int
    /// When its signatures begin to be good.
    let now: MetadataTime
    /// Which bin a path belongs to.
    let role: (String) throws -> RoleName

    /// - Parameter limit: how many transactions at most, oldest first, ≥ 1.
    /// - Returns: nil if nothing is pending.
    func apply(limit: Int) throws -> AppliedBatch? {
        let pending = try connection.query(
            """
            SELECT id, project_id, rebuilds FROM project_transaction
            WHERE snapshot_version IS NULL ORDER BY id LIMIT \(limit)
            """)
        guard !pending.isEmpty else { return nil }
        let transactions = try pending.map { try $0.get("id", as: Int.self) }
        let projects = try Array(Set(pending.map { try $0.get("project_id", as: Int.self) })).sorted()

        let drafts = SubmittedDrafts(connection: connection)
        let submitted = try drafts.load(transactions)
        let expired = submitted.filter { $0.draft.targets.isExpired(at: now) }
        guard expired.isEmpty else {
            try drafts.giveUp(expired)
            return try apply(limit: limit)
        }
        var batch = AppliedBatch(transactions: transactions)
        try numberJournal(transactions, projects)
        let claimed = Set(submitted.map(\.projectID))

        batch.changed += try publishFiles(transactions)
        batch.removed += try removeFiles(transactions)
        try drafts.publish(submitted, into: &batch)
        let rebuilt = try pending.filter { try $0.get("rebuilds") }.map {
            try $0.get("project_id", as: Int.self)
        }
        try rebuildTargets(of: rebuilt, into: &batch)
        var pages = PageColumns()
        let rendered = try renderPages(of: projects.filter { !claimed.contains($0) }, into: &pages)
        batch.changed += rendered.changed
        batch.removed += rendered.removed
        for draft in submitted { pages.append(draft) }
        try store(pages, of: projects)
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

    /// - Returns: the targets of the bins; a claimed project lists its files itself.
    private func publishFiles(_ transactions: [Int]) throws -> [TargetRow] {
        try connection.query(
            """
            UPDATE file SET published_in = \(snapshotVersion)
            FROM project, transaction_change AS change
            WHERE project.id = file.project_id AND change.filename = file.filename
              AND change.transaction_id = ANY(\(transactions)) AND change.action = 'add'
            RETURNING project.normalized_name, file.filename, file.size, file.sha256,
                      EXISTS (SELECT FROM draft WHERE draft.transaction_id = change.transaction_id) AS is_claimed
            """
        ).compactMap { row in
            if try row.get("is_claimed", as: Bool.self) { return nil }
            let path =
                try row.get("normalized_name", as: String.self) + "/" + row.get("filename", as: String.self)
            return TargetRow(
                path: path, role: try role(path).text, length: try row.get("size"),
                sha256: try row.get("sha256"))
        }
    }

    /// Lists the files of projects anew that are not claimed; of what is closed, none.
    private func rebuildTargets(of projects: [Int], into batch: inout AppliedBatch) throws {
        guard !projects.isEmpty else { return }
        batch.changesRecentlyClaimed = true
        let rows = try connection.query(
            """
            SELECT project.normalized_name || '/' || file.filename AS path, file.size, file.sha256,
                   project.status NOT IN ('quarantined', 'removed') AS is_shown
            FROM file JOIN project ON project.id = file.project_id
            WHERE project.id = ANY(\(projects)) AND published_in IS NOT NULL
              AND NOT EXISTS (SELECT FROM claim WHERE claim.project_id = project.id)
            """)
        let paths = try rows.map { try $0.get("path", as: String.self) }
        batch.removed += try connection.query(
            "DELETE FROM target WHERE path = ANY(\(paths)) RETURNING path, role, length, sha256"
        ).map(TargetRow.init)
        for row in rows where try row.get("is_shown") {
            let path: String = try row.get("path")
            batch.changed.append(
                TargetRow(
                    path: path, role: try role(path).text, length: try row.get("size"),
                    sha256: try row.get("sha256")))
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
        ).map(TargetRow.init)
    }

    private func renderPages(
        of projects: [Int], into pages: inout PageColumns
    ) throws -> (changed: [TargetRow], removed: [TargetRow]) {
        let files = try ProjectPage.File.published(of: projects, connection)
        let rows = try connection.query(
            """
            SELECT id, normalized_name, last_serial, status, status_reason
            FROM project WHERE id = ANY(\(projects)) ORDER BY id
            """)

        var targets: [TargetRow] = []
        var removed: [TargetRow] = []
        for row in rows {
            let id: Int = try row.get("id")
            let name: String = try row.get("normalized_name")
            let serial: Int = try row.get("last_serial")
            let status: String = try row.get("status")
            if status == ProjectStatus.removed.rawValue {
                removed += try Self.dropPageTargets(of: name, connection)
                continue
            }
            let marker = ProjectPage.Status.Marker(rawValue: status) ?? .quarantined
            // PEP 792: an index must not offer files of a quarantined project.
            let page = ProjectPage(
                name: try ProjectName(name), serial: serial,
                status: ProjectPage.Status(marker, reason: try row.get("status_reason")),
                files: marker == .quarantined ? [] : files[id] ?? [])
            for format in PageFormat.allCases {
                let bytes = format == .html ? page.html() : page.json()
                let path = "\(name)/\(format.targetName)"
                let sha256 = Digest.sha256(bytes)
                pages.append(project: id, format: format, sha256: sha256, bytes: bytes, serial: serial)
                targets.append(
                    TargetRow(path: path, role: try role(path).text, length: bytes.count, sha256: sha256))
            }
        }
        return (targets, removed)
    }

    private static func dropPageTargets(of name: String, _ connection: Connection) throws -> [TargetRow] {
        let paths = PageFormat.allCases.map { "\(name)/\($0.targetName)" }
        return try connection.query(
            "DELETE FROM target WHERE path = ANY(\(paths)) RETURNING path, role, length, sha256"
        ).map(TargetRow.init)
    }

    private func store(_ pages: PageColumns, of projects: [Int]) throws {
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
}

/// Rows of `page`, turned into the arrays that one statement inserts.
private struct PageColumns {
    var projects: [Int] = []
    var formats: [String] = []
    var hashes: [[UInt8]] = []
    var contents: [[UInt8]] = []
    var serials: [Int] = []

    mutating func append(_ submitted: SubmittedDraft) {
        for (format, bytes) in [(PageFormat.html, submitted.draft.html), (.json, submitted.draft.json)] {
            append(
                project: submitted.projectID, format: format, sha256: Digest.sha256(bytes), bytes: bytes,
                serial: submitted.serial)
        }
    }

    mutating func append(project: Int, format: PageFormat, sha256: [UInt8], bytes: [UInt8], serial: Int) {
        projects.append(project)
        formats.append(format.rawValue)
        hashes.append(sha256)
        contents.append(bytes)
        serials.append(serial)
    }
}
