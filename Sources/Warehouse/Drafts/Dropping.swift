import CanonicalJSON
import Packaging
import Postgres
import TUF
import TUFRepository

extension Warehouse {
    /// Gives up a draft, with the files that came for it.
    ///
    /// - Throws: ``TransactionRefusal``: `.notFound`, `.permission`, `.live` once it has its signatures.
    package func drop(draft id: Int, by identity: Identity) async throws {
        try await database.transaction { connection in
            let locked = try Self.lockProject(ofDraft: id, connection)
            if identity.scope != .admin { try locked.authorize(identity) }
            try Self.remove(
                draft: id, of: locked.name, because: "dropped by \(identity.account)", connection)
        }
    }

    /// Gives up drafts that nobody signed in time.
    ///
    /// - Returns: how many.
    static func dropExpiredDrafts(at now: MetadataTime, _ connection: Connection) throws -> Int {
        let expired = try connection.query(
            """
            SELECT id FROM draft
            WHERE transaction_id IS NULL AND expires_at <= to_timestamp(\(now.secondsSinceEpoch)) ORDER BY id
            """)
        for row in expired {
            let id: Int = try row.get("id")
            let locked = try lockProject(ofDraft: id, connection)
            try remove(draft: id, of: locked.name, because: "it waited too long", connection)
        }
        return expired.count
    }

    static func lockProject(ofDraft id: Int, _ connection: Connection) throws -> LockedProject {
        let row = try connection.one(
            """
            SELECT normalized_name FROM project JOIN draft ON draft.project_id = project.id
            WHERE draft.id = \(id)
            """)
        guard let row, let locked = try LockedProject(named: row.get("normalized_name"), connection) else {
            throw TransactionRefusal(.notFound, value: "\(id)", "There is no draft \(id).")
        }
        return locked
    }

    /// Removes a draft, its unpublished files and, where it was to begin a project, the project.
    static func remove(
        draft id: Int, of name: ProjectName, because reason: String, _ connection: Connection
    ) throws {
        let row = try connection.one(
            "DELETE FROM draft WHERE id = \(id) AND transaction_id IS NULL RETURNING project_id")
        guard let row else {
            throw TransactionRefusal(
                .live, value: "\(id)",
                "Draft \(id) has its signatures and is being published; it cannot be dropped.")
        }
        try log(
            .draftDropped,
            ["project": .string(name.normalized), "draft": .integer(id), "reason": .string(reason)],
            connection)
        let project: Int = try row.get("project_id")
        // Files of plain uploads that wait for their snapshot belong to a transaction.
        try connection.execute(
            """
            WITH given_up AS (
                DELETE FROM file
                WHERE project_id = \(project) AND published_in IS NULL
                  AND NOT EXISTS (SELECT FROM transaction_change AS change
                                  WHERE change.filename = file.filename AND change.action = 'add')
                RETURNING blake2b_256, filename
            )
            INSERT INTO retired_blob (blake2b_256, filename)
            SELECT blake2b_256, filename FROM given_up ON CONFLICT DO NOTHING
            """)
        try connection.execute(
            """
            DELETE FROM release WHERE project_id = \(project)
              AND NOT EXISTS (SELECT FROM file WHERE file.release_id = release.id)
              AND NOT EXISTS (SELECT FROM project_transaction WHERE project_id = \(project))
            """)
        let isEmpty = try connection.one(
            """
            SELECT FROM project WHERE id = \(project) AND last_serial = 0
              AND NOT EXISTS (SELECT FROM file WHERE project_id = \(project))
              AND NOT EXISTS (SELECT FROM project_transaction WHERE project_id = \(project))
            """)
        guard isEmpty != nil else { return }
        try connection.execute("DELETE FROM project_owner WHERE project_id = \(project)")
        try connection.execute("DELETE FROM project WHERE id = \(project)")
    }
}
