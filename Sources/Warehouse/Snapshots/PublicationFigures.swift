import Postgres

/// How publications went, kept where every process sees it.
package struct PublicationFigures: Hashable, Sendable {
    package let published: Int
    /// Attempts that made nothing public.
    package let failed: Int
    /// Nil before the first.
    package let lastDuration: Duration?

    /// Belongs into the publication's own transaction.
    static func countPublication(took duration: Duration, _ connection: Connection) throws {
        try connection.execute(
            """
            UPDATE publication_figures
            SET published = published + 1, last_microseconds = \(Int(duration / .microseconds(1)))
            """)
    }

    /// Needs a transaction of its own: that of the publication is rolled back.
    static func countFailure(_ connection: Connection) throws {
        try connection.execute("UPDATE publication_figures SET failed = failed + 1")
    }

    static func read(_ connection: Connection) throws -> PublicationFigures {
        let row = try connection.one("SELECT published, failed, last_microseconds FROM publication_figures")
        guard let row else { throw WarehouseError.rowMissing }
        return PublicationFigures(
            published: try row.get("published"), failed: try row.get("failed"),
            lastDuration: try row.get("last_microseconds", as: Int?.self).map { .microseconds($0) })
    }
}
