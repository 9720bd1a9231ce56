import Admin
import Blobs
import Ceremony
import Foundation
import Logging
import Postgres
import Signing
import TUF
import Warehouse

/// A whole index on one machine: database, ceremony, server and snapshot process.
struct DevelopmentIndex {
    let folder: DevelopmentFolder
    let listen: ListenAddress
    let migrations: String
    let bins: Int
    let signs: Bool

    /// Runs until SIGINT or SIGTERM, at whatever moment it comes.
    func run() async throws {
        let signals = StopSignals()
        let lock = try folder.lock()
        defer { withExtendedLifetime(lock) {} }
        var logger = Logger(label: "bonded.develop") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let cluster = PrivateCluster(directory: folder.cluster, logger: logger)
        let connection = try await cluster.start()
        do {
            try await run(connection: connection, signals, logger)
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }

    private func run(connection: String, _ signals: StopSignals, _ logger: Logger) async throws {
        let address = try listen.withFreePort()
        try writeSettings(connection: connection, address: address)
        let settings = try Settings(file: folder.settings, environment: [:])
        let database = try settings.makeDatabase(logger)
        _ = try await Migrations(directory: settings.database.migrations).apply(to: database)
        let warehouse = Warehouse(
            database: database, blobs: try BlobStore(directory: settings.blobDirectory), logger: logger)
        try await holdCeremonyUnlessHeld(warehouse, settings)
        let quickstart = Quickstart(
            address: address, trustedRoot: folder.trustedRoot,
            uploadToken: try await token("UPLOAD_TOKEN", scope: .upload, warehouse),
            adminToken: try await token("ADMIN_TOKEN", scope: .admin, warehouse))
        try folder.write(quickstart.text, to: folder.quickstart)

        let server = child("serve", logger)
        let signer = child("sign", logger)
        defer {
            server.stop()
            signer.stop()
        }
        if signs { try signer.start() }
        try server.start()
        guard try await waitUntilReady(address, warehouse, server, signals) else { return }
        FileHandle.standardOutput.write(Data((quickstart.text + "ready\n").utf8))
        let reason = await signals.wait()
        logger.info("stopping", metadata: ["because": "\(reason.rawValue)"])
    }

    private func child(_ command: String, _ logger: Logger) -> ChildProgram {
        ChildProgram(
            name: command, arguments: [command, "--config", folder.settings],
            pidFile: "\(folder.processes)/\(command).pid", logger: logger)
    }

    /// Written at each start: the database's socket and the port may have changed.
    private func writeSettings(connection: String, address: ListenAddress) throws {
        let migrations = URL(fileURLWithPath: migrations).path
        try folder.write(
            """
            # Written by `bonded develop` at each start. config/bonded.yaml explains every key.
            database:
              connection: \(yaml(connection))
              migrations: \(yaml(migrations))
            blobs:
              directory: \(yaml(folder.blobs))
            http:
              listen: \(yaml(address.authority))
              max_connections_per_address: 20000
            signing:
              keyring: \(yaml(folder.onlineKeys))
              passphrase_file: \(yaml(folder.onlinePassphrase))

            """, to: folder.settings)
    }

    private func holdCeremonyUnlessHeld(_ warehouse: Warehouse, _ settings: Settings) async throws {
        guard try await !warehouse.isFounded() else { return }
        FileHandle.standardError.write(
            Data(
                """

                *** DEVELOPMENT CEREMONY ***
                All keys, the root keys included, are made on this machine and kept in
                \(folder.ceremony). Whoever reads that folder can forge anything this index serves.
                Never use it for packages that matter: hold a real one with `seal ceremony`.


                """.utf8))
        if !FileManager.default.fileExists(atPath: folder.ceremony) {
            let isInterrupted = FileManager.default.fileExists(atPath: folder.onlinePassphrase)
            let passphrase =
                try isInterrupted
                ? Passphrase(file: folder.onlinePassphrase)
                : Passphrase.createFile(at: folder.onlinePassphrase)
            let one = "{holders: [development], threshold: 1}"
            let plan = try CeremonyPlan(
                yaml: "{root: \(one), targets: \(one), claimed: \(one), unclaimed: \(one), bins: \(bins)}")
            _ = try Ceremony.hold(
                plan: plan, now: .now, directory: folder.ceremony, software: "bonded develop",
                cost: .development,
                offlinePassphrase: { _ in passphrase }, onlinePassphrase: { passphrase })
        }
        let bundle = try CeremonyBundle(reading: folder.ceremony, now: .now)
        try await CeremonyImport(warehouse: warehouse).run(bundle, keyring: settings.signing.keyring)
    }

    /// The token of an earlier start while it is good, else a new one.
    private func token(_ variable: String, scope: TokenScope, _ warehouse: Warehouse) async throws -> String {
        if let known = Quickstart.value(of: variable, in: folder.quickstart),
            try await warehouse.identity(ofToken: known)?.scope == scope
        {
            return known
        }
        let account = scope == .admin ? "admin" : "developer"
        return try await warehouse.createToken(
            account: account, scope: scope, label: "quickstart", lifetime: nil
        ).text
    }

    /// - Returns: false if it was asked to stop meanwhile.
    private func waitUntilReady(
        _ address: ListenAddress, _ warehouse: Warehouse, _ server: ChildProgram, _ signals: StopSignals
    ) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if signals.received != nil { return false }
            if server.hasEndedByItself {
                throw Refusal(
                    "`bonded serve` ended at \(address.authority); its message stands above")
            }
            let problem = signs ? try await warehouse.health().problem : nil
            if problem == nil, address.acceptsConnections() { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Refusal("the index did not become ready within two minutes; see the messages above")
    }

    private func yaml(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            + "\""
    }
}
