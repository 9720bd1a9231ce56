import Postgres
import TUF

/// The content of snapshots in temporary tables, where PostgreSQL compares them: there may be millions of targets.
///
/// They last as long as the enclosing transaction.
struct ArchiveTables {
    let connection: Connection

    /// Fills `archived_target`, `archived_role` and `archived_page` from an archive, all of it verified.
    ///
    /// - Throws: as ``SnapshotArchive/read(_:trustedRoot:_:)``.
    func load(_ path: String, trustedRoot root: [UInt8]) throws -> SnapshotArchive.Heading {
        try makeTargetTable("archived_target")
        try connection.execute(
            """
            CREATE TEMPORARY TABLE archived_role (
                role text PRIMARY KEY, version bigint NOT NULL, delegator text NOT NULL, bytes bytea NOT NULL,
                expires_at timestamptz NOT NULL
            ) ON COMMIT DROP
            """)
        try connection.execute(
            "CREATE TEMPORARY TABLE archived_page (project text PRIMARY KEY, bytes bytea NOT NULL) ON COMMIT DROP"
        )
        let heading = try SnapshotArchive.read(path, trustedRoot: root) { role in
            try insert(role.targets, of: role.name, into: "archived_target")
            try connection.execute(
                """
                INSERT INTO archived_role (role, version, delegator, bytes, expires_at)
                VALUES (\(role.name.text), \(role.targets.version), \(role.delegator.text), \(role.bytes),
                        to_timestamp(\(role.targets.expires.secondsSinceEpoch)))
                """)
            for (page, bytes) in role.pages {
                let project = String(page.dropLast(SnapshotArchive.pageSuffix.count))
                try connection.execute(
                    "INSERT INTO archived_page (project, bytes) VALUES (\(project), \(bytes)) ON CONFLICT DO NOTHING"
                )
            }
        }
        return heading
    }

    /// Fills `current_target` from what is public.
    func loadPublic(trustedRoot root: [UInt8]) throws {
        try makeTargetTable("current_target")
        _ = try PublicSnapshot(connection: connection).walk(trustedRoot: root) { role, _, _, targets in
            try insert(targets, of: role, into: "current_target")
        }
    }

    private func makeTargetTable(_ name: StaticString) throws {
        try connection.execute(
            """
            CREATE TEMPORARY TABLE \(raw: name) (
                path text PRIMARY KEY, role text NOT NULL, length bigint NOT NULL, sha256 bytea NOT NULL
            ) ON COMMIT DROP
            """)
    }

    /// The first role that lists a path is the one that clients go by.
    private func insert(_ targets: Targets, of role: RoleName, into table: StaticString) throws {
        let listed = targets.targets.sorted { $0.key < $1.key }
        for start in stride(from: 0, to: listed.count, by: 1_000) {
            let part = listed[start..<min(start + 1_000, listed.count)]
            let hashes = part.map { $0.value.hashes["sha256"].flatMap(Hex.decode) ?? [] }
            try connection.execute(
                """
                INSERT INTO \(raw: table) (path, role, length, sha256)
                SELECT path, \(role.text), length, sha256
                FROM unnest(\(part.map(\.key.text))::text[], \(part.map(\.value.length))::bigint[],
                            \(hashes)::bytea[]) AS listed (path, length, sha256)
                ON CONFLICT DO NOTHING
                """)
        }
    }
}
