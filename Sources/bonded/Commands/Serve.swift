import Admin
import ArgumentParser
import Glibc
import HTTPServer
import Logging
import TUF
import Warehouse
import WarehouseWeb

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the index.",
        discussion: """
            Holds no key. Any number may run on one database and blob store. SIGTERM and SIGINT stop it gracefully:
            requests under way are finished first.
            """)

    @OptionGroup var settings: SettingsOption

    @Flag(name: .customLong("until-stdin-closes"), help: .hidden)
    var stopsWithParent = false

    func run() async throws {
        let signals = StopSignals(watchesInput: stopsWithParent)
        let settings = try settings.load()
        allowAsManyOpenFilesAsPossible()
        let logger = settings.makeLogger("bonded.serve")
        let warehouse = try await settings.openWarehouse(logger)
        let cache = PublicCache()
        let feed = PublicationFeed(database: warehouse.database, logger: logger) { cache.drop() }
        let site = Site(
            warehouse: warehouse, feed: feed, cache: cache,
            pool: BlockingPool(label: "bonded.disk", width: 16, maxQueued: 4096),
            upload: .init(rules: settings.upload.rules, wait: settings.upload.wait), claims: settings.claims,
            now: { MetadataTime(secondsSinceEpoch: time(nil)) })
        let server = try Server(
            configuration: settings.serverConfiguration,
            handler: AdminSite(site, certificates: settings.admin), logger: logger)

        let listening = Task { await feed.run() }
        try server.start()
        logger.info("serving", metadata: ["address": "\(settings.http.host):\(server.port)"])
        let reason = await signals.wait()
        logger.info("stopping", metadata: ["because": "\(reason.rawValue)"])
        await server.drain(timeout: settings.http.drainTimeout)
        listening.cancel()
    }
}

/// Each connection is an open file, and the usual soft limit of 1024 is meant for programs that use `select`.
private func allowAsManyOpenFilesAsPossible() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

extension Settings.UploadSettings {
    var rules: UploadRules {
        UploadRules(maxFileSize: maxFileSize, policy: policy, isReadOnly: isReadOnly)
    }
}

extension Settings {
    var serverConfiguration: ServerConfiguration {
        var configuration = ServerConfiguration(host: http.host, port: http.port)
        configuration.maxConnections = http.maxConnections
        configuration.maxConnectionsPerAddress = http.maxConnectionsPerAddress
        configuration.headTimeout = http.headTimeout
        configuration.bodyTimeout = http.bodyTimeout
        configuration.idleTimeout = http.idleTimeout
        configuration.accessLog = http.accessLog ? AccessLog(log.output, format: log.format) : nil
        return configuration
    }
}
