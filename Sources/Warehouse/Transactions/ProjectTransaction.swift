import CanonicalJSON
package import Packaging
import Postgres

/// What a project transaction does to one file.
struct FileChange {
    enum Action: String {
        case add
        case remove
    }

    let filename: String
    let action: Action
    /// Why a file is removed.
    var reason: String?
    /// Of the file that is added.
    var sha256Hex: String?
}

extension Warehouse {
    /// Records a pending project transaction with its journal entries, and wakes the snapshot process once the
    /// enclosing database transaction commits.
    ///
    /// - Parameters:
    ///   - entries: the journal's words, in order.
    ///   - changes: one for each file.
    ///   - rebuilds: whether everything that the project shows is made anew from its rows.
    /// - Returns: the transaction's number.
    static func submit(
        project: Int, named name: ProjectName, version: String?, entries: [String], changes: [FileChange],
        rebuilds: Bool = false, by identity: Identity, _ connection: Connection
    ) throws -> Int {
        let transaction: Int = try connection.single(
            """
            INSERT INTO project_transaction (project_id, account_id, rebuilds)
            VALUES (\(project), \(identity.accountID), \(rebuilds)) RETURNING id
            """)
        for change in changes {
            try connection.execute(
                """
                INSERT INTO transaction_change (transaction_id, filename, action, reason)
                VALUES (\(transaction), \(change.filename), \(change.action.rawValue), \(change.reason))
                """)
        }
        for entry in entries {
            try connection.execute(
                """
                INSERT INTO journal (transaction_id, project_id, version, action, account)
                VALUES (\(transaction), \(project), \(version), \(entry), \(identity.account))
                """)
        }
        try log(
            .transaction,
            [
                "transaction": .integer(transaction), "project": .string(name.normalized),
                "account": .string(identity.account), "does": .array(entries.map { .string($0) }),
                "files": .array(changes.map(\.logged)),
            ], connection)
        try connection.notify(Channel.pending)
        return transaction
    }

    /// Records a pending transaction that makes everything a project shows anew from its rows.
    ///
    /// - Parameter changes: files that go with it.
    /// - Returns: the transaction's number.
    @discardableResult
    static func rebuild(
        _ normalizedName: String, _ project: Int, because entry: String, changes: [FileChange] = [],
        _ connection: Connection
    ) throws -> Int {
        let account = "administration"
        let identity = Identity(
            accountID: try accountID(named: account, connection), account: account, scope: .admin)
        return try submit(
            project: project, named: ProjectName(normalizedName), version: nil, entries: [entry],
            changes: changes,
            rebuilds: true, by: identity, connection)
    }

    /// Takes a public file back: its target, its place on the page and, after the grace time, its bytes.
    ///
    /// - Returns: the transaction's number. The file is served until a snapshot carries the removal.
    /// - Throws: ``WarehouseError/fileUnknown(project:filename:)``.
    package func revoke(
        _ filename: String, of project: ProjectName, reason: String, by identity: Identity
    ) async throws -> Int {
        try await database.transaction { connection in
            let row = try connection.one(
                """
                SELECT file.project_id, release.version
                FROM file JOIN project ON project.id = file.project_id
                          JOIN release ON release.id = file.release_id
                WHERE filename = \(filename) AND normalized_name = \(project.normalized)
                  AND published_in IS NOT NULL
                """)
            guard let row else {
                throw WarehouseError.fileUnknown(project: project.display, filename: filename)
            }
            try connection.execute(
                "SELECT FROM project WHERE id = \(row.get("project_id", as: Int.self)) FOR KEY SHARE")
            try Self.refuseClaimed(row.get("project_id"), connection)
            return try Self.submit(
                project: row.get("project_id"), named: project, version: row.get("version"),
                entries: ["remove file \(filename)"],
                changes: [FileChange(filename: filename, action: .remove, reason: reason)], by: identity,
                connection)
        }
    }
}

extension FileChange {
    fileprivate var logged: JSONValue {
        var object: JSONObject = ["filename": .string(filename), "action": .string(action.rawValue)]
        object["reason"] = reason.map { .string($0) }
        object["sha256"] = sha256Hex.map { .string($0) }
        return .object(object)
    }
}

extension Connection {
    /// The first column of the one row that a statement is bound to give.
    func single<Value: ColumnValue>(_ sql: SQL) throws -> Value {
        guard let row = try one(sql) else { throw WarehouseError.rowMissing }
        return try row.get(0)
    }
}
