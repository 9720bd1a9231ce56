/// Why the schema is not what this program needs, or could not be made so.
package enum MigrationError: Error, Hashable, Sendable {
    case unreadable(path: String, reason: String)
    /// The directory holds no migration.
    case noMigrations(directory: String)
    /// An `.sql` file not named `NNNN_name.sql` (lowercase letters, digits, `_`).
    case malformedName(String)
    case duplicateVersion(Int)
    /// Versions must be 1, 2, 3, … without a gap.
    case gap(expected: Int, found: String)
    /// Not applied yet, in order.
    case pending([String])
    /// Applied by a newer program; this one must not touch the database.
    case unknownVersions([Int])
    /// Files that are not what was applied under their version.
    case changed([String])
    /// The migration's SQL was refused; it was rolled back, and those before it stay.
    case failed(name: String, cause: PostgresError)
    /// The migration ended the transaction it runs in, so parts of it may have stayed.
    case leftItsTransaction(name: String)
    case database(PostgresError)
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read the migrations at \(path): \(reason)"
        case .noMigrations(let directory):
            "\(directory) holds no migrations; check the configured directory"
        case .malformedName(let name):
            "\(name) is not a migration's name; rename it NNNN_name.sql, with lowercase letters, digits and _"
        case .duplicateVersion(let version):
            "there are two migrations \(version); renumber the newer one"
        case .gap(let expected, let found):
            "migration \(expected) is missing before \(found); the migrations do not belong to one version"
        case .pending(let names):
            "the database is not up to date (\(names.joined(separator: ", "))); run `bonded migrate`"
        case .unknownVersions(let versions):
            """
            the database was migrated by a newer version (\(versions.map(String.init).joined(separator: ", "))); \
            install that version
            """
        case .changed(let names):
            """
            \(names.joined(separator: ", ")) changed after being applied; restore what was applied, and put changes \
            into a new migration
            """
        case .failed(let name, let cause):
            "\(name) failed and was rolled back: \(cause); correct the cause and run `bonded migrate` again"
        case .leftItsTransaction(let name):
            "\(name) ends its own transaction; remove COMMIT and ROLLBACK from it and check the database by hand"
        case .database(let cause):
            "the database's migrations could not be read: \(cause)"
        }
    }
}
