import CPostgres
import Crypto
import Foundation

/// The steps that make the schema, in order; forward only.
///
/// Applied steps are recorded in `bonded_migration` with their checksum, so that a file changed afterwards is noticed.
package struct Migrations: Sendable {
    /// Versions 1, 2, 3, ….
    package let steps: [Migration]

    /// Serializes every program that migrates one database. The number is ours, chosen at random.
    private static let advisoryLock = 0x626F_6E64_6564_0001

    /// Reads a directory of `NNNN_name.sql` files; other kinds of files are ignored.
    ///
    /// - Throws: `.unreadable`, `.noMigrations`, `.malformedName`, `.duplicateVersion`, `.gap`.
    package init(directory: String) throws(MigrationError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw .unreadable(path: directory, reason: error.localizedDescription)
        }
        var steps: [Migration] = []
        for name in names.sorted() where name.hasSuffix(".sql") && !name.hasPrefix(".") {
            let version = try Self.version(of: name)
            if version == steps.last?.version { throw .duplicateVersion(version) }
            guard version == steps.count + 1 else { throw .gap(expected: steps.count + 1, found: name) }
            steps.append(try Self.read(name, version: version, in: directory))
        }
        guard !steps.isEmpty else { throw .noMigrations(directory: directory) }
        self.steps = steps
    }

    private static func version(of name: String) throws(MigrationError) -> Int {
        guard let match = name.wholeMatch(of: /([0-9]{4})_[a-z0-9_]+\.sql/), let version = Int(match.1),
            version >= 1
        else { throw .malformedName(name) }
        return version
    }

    private static func read(_ name: String, version: Int, in directory: String) throws(MigrationError)
        -> Migration
    {
        let path = "\(directory)/\(name)"
        do {
            let content = try Data(contentsOf: URL(fileURLWithPath: path))
            guard let script = String(validating: content, as: UTF8.self), !content.contains(0) else {
                throw MigrationError.unreadable(path: path, reason: "it is not UTF-8 text")
            }
            return Migration(
                version: version, name: name, checksum: Array(SHA256.hash(data: content)), script: script)
        } catch let error as MigrationError {
            throw error
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}

// MARK: - Applying

extension Migrations {
    /// Applies what is pending, each step in a transaction of its own. Safe to run twice, and at once.
    ///
    /// - Returns: the names of the steps applied, in order.
    /// - Throws: `.changed`, `.unknownVersions` (nothing is applied then), `.failed`, `.leftItsTransaction`, `.database`.
    @discardableResult
    package func apply(to database: Database) async throws(MigrationError) -> [String] {
        do {
            let session = try await database.session()
            let applied = try await session.run { connection in try apply(by: connection) }
            await session.close()
            return applied
        } catch {
            throw Self.migrationError(error)
        }
    }

    private func apply(by connection: Connection) throws -> [String] {
        // A migration, or the wait for another program's, may take longer than a statement usually may.
        try connection.script("SET statement_timeout = 0")
        try connection.execute("SELECT pg_advisory_lock(\(Self.advisoryLock))")
        try connection.script(
            """
            CREATE TABLE IF NOT EXISTS bonded_migration (
                version integer PRIMARY KEY,
                name text NOT NULL,
                sha256 bytea NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """)
        let pending = try pending(after: Self.recorded(by: connection))
        for step in pending { try apply(step, by: connection) }
        return pending.map(\.name)
    }

    private func apply(_ step: Migration, by connection: Connection) throws {
        try connection.begin(.readCommitted)
        do {
            try connection.script(step.script)
        } catch {
            if !connection.isBroken { try connection.script("ROLLBACK") }
            throw MigrationError.failed(name: step.name, cause: error)
        }
        guard connection.transactionStatus == PQTRANS_INTRANS else {
            throw MigrationError.leftItsTransaction(name: step.name)
        }
        // Whatever the script set for itself must not reach the next statement.
        try connection.script("RESET search_path; RESET role")
        try connection.execute(
            """
            INSERT INTO bonded_migration (version, name, sha256)
            VALUES (\(step.version), \(step.name), \(step.checksum))
            """)
        try connection.script("COMMIT")
    }

    // MARK: Checking

    /// Makes sure that exactly these steps are applied.
    ///
    /// - Throws: `.changed`, `.unknownVersions`, `.pending`, `.database`, in this order of importance.
    package func check(_ database: Database) async throws(MigrationError) {
        do {
            let recorded = try await database.read { connection in
                // Nothing was ever applied to a database without the table.
                let exists = try connection.one("SELECT to_regclass('bonded_migration') IS NOT NULL AS found")
                guard let exists, try exists["found"] as Bool else { return [] as [Recorded] }
                return try Self.recorded(by: connection)
            }
            let pending = try pending(after: recorded)
            guard pending.isEmpty else { throw MigrationError.pending(pending.map(\.name)) }
        } catch {
            throw Self.migrationError(error)
        }
    }

    private struct Recorded: Sendable {
        let version: Int
        let checksum: [UInt8]
    }

    private static func recorded(by connection: Connection) throws(PostgresError) -> [Recorded] {
        try connection.query("SELECT version, sha256 FROM bonded_migration ORDER BY version").map {
            row throws(PostgresError) in
            Recorded(version: try row["version"], checksum: try row["sha256"])
        }
    }

    private func pending(after recorded: [Recorded]) throws(MigrationError) -> [Migration] {
        let checksums = Dictionary(uniqueKeysWithValues: recorded.map { ($0.version, $0.checksum) })
        let changed = steps.filter { step in
            checksums[step.version].map { $0 != step.checksum } ?? false
        }
        guard changed.isEmpty else { throw .changed(changed.map(\.name)) }
        let unknown = recorded.map(\.version).filter { $0 > steps.count || $0 < 1 }
        guard unknown.isEmpty else { throw .unknownVersions(unknown) }
        return steps.filter { checksums[$0.version] == nil }
    }

    private static func migrationError(_ error: any Error) -> MigrationError {
        if let error = error as? MigrationError { return error }
        if let error = error as? PostgresError { return .database(error) }
        return .database(.connection("\(error)"))
    }
}
