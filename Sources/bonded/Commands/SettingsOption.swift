import ArgumentParser
import Blobs
import Foundation
import HTTPServer
import Logging
import Postgres
import Warehouse

/// What every command that touches the index takes.
struct SettingsOption: ParsableArguments {
    @Option(name: .customLong("config"), help: "Settings file (YAML).")
    var path = "config/bonded.yaml"

    func load() throws -> Settings {
        try Settings(file: path, environment: ProcessInfo.processInfo.environment)
    }
}

extension Settings {
    func makeLogger(_ label: String) -> Logger {
        var logger = Logger(label: label) { label in
            switch log.format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label, output: log.output)
            }
        }
        logger.logLevel = log.level
        return logger
    }

    func makeDatabase(_ logger: Logger) throws -> Database {
        try Database(connectionString: database.connection, poolSize: database.poolSize, logger: logger)
    }

    /// Opens the warehouse, if its schema is the one this program was made for.
    ///
    /// - Throws: `MigrationError`, which says what to do.
    func openWarehouse(_ logger: Logger) async throws -> Warehouse {
        let database = try makeDatabase(logger)
        try await Migrations(directory: self.database.migrations).check(database)
        return Warehouse(database: database, blobs: try BlobStore(directory: blobDirectory), logger: logger)
    }
}
