import CanonicalJSON
import Postgres
package import TUF
import TUFRepository

/// All bulletins, and what tells this index from every other.
package struct BulletinBoard: Sendable {
    /// SHA-256 of the first root; empty before there is one.
    package let index: [UInt8]
    /// When the index was founded.
    package let since: MetadataTime
    /// Newest first.
    package let bulletins: [Bulletin]
}

extension Warehouse {
    private static let columns: SQL = "id, title, body, published_at, updated_at"

    /// Newest first.
    package func bulletins() async throws -> [Bulletin] {
        try await database.read(Self.bulletins)
    }

    package func bulletin(id: Int) async throws -> Bulletin? {
        try await database.read { connection in
            try connection.one("SELECT \(Self.columns) FROM bulletin WHERE id = \(id)").map(Bulletin.init)
        }
    }

    package func bulletinBoard() async throws -> BulletinBoard {
        try await database.read { connection in
            let root = try connection.one(
                """
                SELECT sha256(bytes) AS sha256, created_at FROM metadata
                WHERE role = 'root' ORDER BY version LIMIT 1
                """)
            return BulletinBoard(
                index: try root?.get("sha256") ?? [],
                since: try root?.time("created_at") ?? MetadataTime(secondsSinceEpoch: 0),
                bulletins: try Self.bulletins(connection))
        }
    }

    /// - Parameter administrator: who speaks, for the log; nil for who works on the machine itself.
    /// - Throws: ``TransactionRefusal`` `.draft` for a title or text outside the limits of ``Bulletin``.
    package func postBulletin(
        title: String, body: String, by administrator: String? = nil
    ) async throws -> Bulletin {
        try await database.transaction {
            try Self.postBulletin(title: title, body: body, by: administrator, $0)
        }
    }

    static func postBulletin(
        title: String, body: String, by administrator: String?, _ connection: Connection
    ) throws -> Bulletin {
        let (title, body) = (try Bulletin.checked(title: title), try Bulletin.checked(body: body))
        let row = try connection.one(
            "INSERT INTO bulletin (title, body) VALUES (\(title), \(body)) RETURNING \(Self.columns)")
        guard let row else { throw WarehouseError.rowMissing }
        let bulletin = try Bulletin(row)
        try Self.announce(.bulletinPosted, bulletin, by: administrator, connection)
        return bulletin
    }

    /// - Parameters:
    ///   - title: nil leaves it as it is; so does a nil `body`.
    ///   - administrator: as for ``postBulletin(title:body:by:)``.
    /// - Throws: ``TransactionRefusal`` `.notFound`, `.draft`.
    package func changeBulletin(
        id: Int, title: String?, body: String?, by administrator: String? = nil
    ) async throws -> Bulletin {
        try await database.transaction {
            try Self.changeBulletin(id: id, title: title, body: body, by: administrator, $0)
        }
    }

    @discardableResult
    static func changeBulletin(
        id: Int, title: String?, body: String?, by administrator: String?, _ connection: Connection
    ) throws -> Bulletin {
        let title = try title.map(Bulletin.checked(title:))
        let body = try body.map(Bulletin.checked(body:))
        let row = try connection.one(
            """
            UPDATE bulletin SET title = coalesce(\(title), title), body = coalesce(\(body), body),
                                updated_at = now()
            WHERE id = \(id) RETURNING \(Self.columns)
            """)
        guard let row else { throw Self.noBulletin(id) }
        let bulletin = try Bulletin(row)
        try Self.announce(.bulletinChanged, bulletin, by: administrator, connection)
        return bulletin
    }

    /// - Throws: ``TransactionRefusal`` `.notFound`.
    package func withdrawBulletin(id: Int, by administrator: String? = nil) async throws {
        try await database.transaction { connection in
            let row = try connection.one("DELETE FROM bulletin WHERE id = \(id) RETURNING \(Self.columns)")
            guard let row else { throw Self.noBulletin(id) }
            try Self.announce(.bulletinWithdrawn, Bulletin(row), by: administrator, connection)
        }
    }

    private static func bulletins(_ connection: Connection) throws -> [Bulletin] {
        try connection.query("SELECT \(columns) FROM bulletin ORDER BY published_at DESC, id DESC")
            .map(Bulletin.init)
    }

    /// For the log, and for processes that keep pages in memory.
    private static func announce(
        _ kind: LogKind, _ bulletin: Bulletin, by administrator: String?, _ connection: Connection
    ) throws {
        try log(
            kind,
            [
                "bulletin": .integer(bulletin.id), "title": .string(bulletin.title),
                "body_sha256": .string(Digest.sha256Hex(Array(bulletin.body.utf8))),
                "by": .actor(administrator),
            ], connection)
        try connection.notify(Channel.published, payload: "bulletin \(bulletin.id)")
    }

    private static func noBulletin(_ id: Int) -> TransactionRefusal {
        TransactionRefusal(.notFound, value: "\(id)", "There is no bulletin \(id).")
    }
}

extension Bulletin {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: try row.get("id"), title: try row.get("title"), body: try row.get("body"),
            publishedAt: try row.time("published_at"), updatedAt: try row.time("updated_at"))
    }
}
