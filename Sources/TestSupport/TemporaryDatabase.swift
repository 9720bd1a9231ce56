import Foundation
import Logging
package import Postgres
import Synchronization

/// A test's own database: a copy of a template that has every migration of the package applied.
package struct TemporaryDatabase: Sendable {
    package let name: String
    /// Reaches this database.
    package let parameters: ConnectionParameters

    /// What a temporary database starts as.
    package enum Content: Sendable {
        case empty
        /// As `Migrations/` makes it.
        case migrated
    }

    /// Makes a database. Copying the template takes some tens of milliseconds.
    package static func make(_ content: Content = .migrated) async throws -> TemporaryDatabase {
        let server = try await TestServer.shared()
        let template: String
        switch content {
        case .empty: template = "template0"
        case .migrated: template = try await migratedTemplate.value
        }
        let name = "bonded_test_\(ProcessInfo.processInfo.processIdentifier)_\(nextNumber())"
        try await server.makeDatabase(name, template: template)
        return TemporaryDatabase(name: name, parameters: server.parameters.replacingDatabase(name))
    }

    /// Makes a database, runs a test on it, closes and drops it.
    @discardableResult
    package static func with<Value: Sendable>(
        _ content: Content = .migrated, poolSize: Int = 4, _ body: (Database) async throws -> Value
    ) async throws -> Value {
        let temporary = try await make(content)
        let database = temporary.connect(poolSize: poolSize)
        do {
            let value = try await body(database)
            await database.close()
            try await temporary.drop()
            return value
        } catch {
            await database.close()
            try await temporary.drop()
            throw error
        }
    }

    package func connect(poolSize: Int = 4) -> Database {
        var settings = DatabaseSettings()
        settings.poolSize = poolSize
        return connect(settings)
    }

    package func connect(_ settings: DatabaseSettings) -> Database {
        Database(parameters, settings: settings, logger: TestServer.logger)
    }

    /// Drops the database, with whoever is still connected.
    package func drop() async throws {
        try await TestServer.shared().dropDatabase(name)
    }

    /// The package's `Migrations/` directory.
    package static var migrationsDirectory: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Migrations").path
    }

    // MARK: Names and templates

    private static let numbers = Mutex(0)

    private static func nextNumber() -> Int {
        numbers.withLock { number in
            number += 1
            return number
        }
    }

    private static let migratedTemplate = Task {
        let server = try await TestServer.shared()
        let name = "bonded_test_\(ProcessInfo.processInfo.processIdentifier)_template"
        try await server.makeDatabase(name, template: "template0")
        let parameters = server.parameters.replacingDatabase(name)
        let database = Database(parameters, settings: DatabaseSettings(), logger: TestServer.logger)
        try await Migrations(directory: migrationsDirectory).apply(to: database)
        await database.close()
        try await server.waitUntilUnused(name)
        return name
    }
}

extension TestServer {
    /// - Parameters:
    ///   - name: of letters, digits and `_`.
    ///   - template: likewise.
    fileprivate func makeDatabase(_ name: String, template: String) async throws {
        let session = try await administration.session()
        try await session.run { connection in
            try connection.createDatabase(name, template: template)
        }
        await session.close()
    }

    fileprivate func dropDatabase(_ name: String) async throws {
        let session = try await administration.session()
        try await session.run { connection in try connection.dropDatabase(name) }
        await session.close()
    }

    /// A database can be copied only once the server has noticed that nobody uses it.
    fileprivate func waitUntilUnused(_ name: String) async throws {
        for _ in 0..<500 {
            let users = try await administration.read { connection in
                try connection.query("SELECT pid FROM pg_stat_activity WHERE datname = \(name)").count
            }
            if users == 0 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
