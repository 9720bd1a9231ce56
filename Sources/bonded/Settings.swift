import Admin
import Foundation
import HTTPServer
import Logging
import Packaging
import StrictYAML
import TUFRepository
import Warehouse

/// Everything an operator can set, checked before anything opens. `config/bonded.yaml` explains each key.
struct Settings: Sendable {
    var database: DatabaseSettings
    var blobDirectory: String
    var http: HTTPSettings
    var upload: UploadSettings
    var claims: ClaimRules
    var admin: CertificateAdministrators
    var signing: SigningSettings
    var log: LogSettings

    struct DatabaseSettings: Sendable {
        /// A libpq connection string, of one host or several.
        var connection: String
        var poolSize: Int
        var migrations: String
    }

    struct HTTPSettings: Sendable {
        var host: String
        var port: Int
        var maxConnections: Int
        var maxConnectionsPerAddress: Int
        var headTimeout: Duration
        var idleTimeout: Duration
        var bodyTimeout: Duration
        var drainTimeout: Duration
        var accessLog: Bool
    }

    struct UploadSettings: Sendable {
        var maxFileSize: Int
        var wait: Duration
        var policy: UploadPolicy
        var isReadOnly: Bool
    }

    struct SigningSettings: Sendable {
        var keyring: String
        var passphraseFile: String?
        var supersededGrace: Duration
        var keyOverlap: Duration
    }

    struct LogSettings: Sendable {
        var level: Logger.Level
        var format: LogFormat
        /// What the program's log and the access log share.
        let output = LogOutput(descriptor: 2)
    }
}

extension Settings {
    /// Reads a settings file, overridden by `BONDED_…` environment variables.
    ///
    /// - Throws: ``YAMLError``: file, key and reason of the first mistake.
    init(file path: String, environment: [String: String]) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw YAMLError(
                place: path, key: nil,
                reason: "cannot be read; name another file with --config, or start from config/bonded.yaml")
        }
        // A relative path in the file is relative to the file, wherever the program is started.
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path, relativeTo: folder).path }

        let top = try YAMLMapping(text: text, file: path, environment: environment)

        let database = try top.mapping("database")
        self.database = DatabaseSettings(
            connection: try database.required("connection", database.string("connection")),
            poolSize: try database.integer("pool_size", in: 2...500) ?? 8,
            migrations: resolved(try database.string("migrations") ?? "../Migrations"))
        try database.finish()

        let blobs = try top.mapping("blobs")
        blobDirectory = resolved(try blobs.required("directory", blobs.string("directory")))
        try blobs.finish()

        http = try HTTPSettings(top.mapping("http"))
        upload = try UploadSettings(top.mapping("upload"))
        claims = try ClaimRules(top.mapping("claims"))
        admin = try CertificateAdministrators(top.mapping("admin"))

        let signing = try top.mapping("signing")
        self.signing = SigningSettings(
            keyring: resolved(try signing.string("keyring") ?? "online-keys"),
            passphraseFile: try signing.string("passphrase_file").map(resolved),
            supersededGrace: try signing.duration("superseded_grace", in: .seconds(60)...days(3650))
                ?? days(7),
            keyOverlap: try signing.duration("key_overlap", in: .zero...days(30)) ?? .seconds(600))
        try signing.finish()

        let log = try top.mapping("log")
        self.log = LogSettings(
            level: try log.choice("level") ?? .info, format: try log.choice("format") ?? .text)
        try log.finish()

        try top.finish()
    }
}

extension Settings.HTTPSettings {
    fileprivate init(_ mapping: YAMLMapping) throws(YAMLError) {
        let listen = try mapping.parsed("listen", "must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:8080")
        {
            ListenAddress($0)
        }
        host = listen?.host ?? "127.0.0.1"
        port = listen?.port ?? 8080
        maxConnections = try mapping.integer("max_connections", in: 1...1_000_000) ?? 20_000
        maxConnectionsPerAddress =
            try mapping.integer("max_connections_per_address", in: 1...1_000_000) ?? 1_000
        headTimeout = try mapping.duration("head_timeout", in: .seconds(1) ... .seconds(600)) ?? .seconds(10)
        idleTimeout =
            try mapping.duration("idle_timeout", in: .seconds(1) ... .seconds(86400)) ?? .seconds(75)
        bodyTimeout = try mapping.duration("body_timeout", in: .seconds(1) ... .seconds(3600)) ?? .seconds(30)
        drainTimeout = try mapping.duration("drain_timeout", in: .zero ... .seconds(3600)) ?? .seconds(30)
        accessLog = try mapping.boolean("access_log") ?? true
        try mapping.finish()
    }
}

extension Settings.UploadSettings {
    fileprivate init(_ mapping: YAMLMapping) throws(YAMLError) {
        maxFileSize = try mapping.byteCount("max_file_size", in: 1024...(1 << 40)) ?? 1 << 30
        wait = try mapping.duration("wait", in: .zero ... .seconds(600)) ?? .seconds(10)
        policy = UploadPolicy(
            allowsLocalVersions: try mapping.boolean("allow_local_versions") ?? true,
            allowsPrivateClassifiers: try mapping.boolean("allow_private_classifiers") ?? true,
            allowsDirectDependencies: try mapping.boolean("allow_direct_dependencies") ?? false,
            allowsPlainLinuxWheels: try mapping.boolean("allow_plain_linux_wheels") ?? true)
        isReadOnly = try mapping.boolean("read_only") ?? false
        try mapping.finish()
    }
}

extension ClaimRules {
    fileprivate init(_ mapping: YAMLMapping) throws(YAMLError) {
        self.init()
        let (lifetime, draft) = (metadataLifetime, draftLifetime)
        metadataLifetime = try mapping.duration("metadata_lifetime", in: days(1)...days(1095)) ?? lifetime
        draftLifetime = try mapping.duration("draft_lifetime", in: .seconds(60)...days(365)) ?? draft
        counting = try mapping.choice("count") ?? .accounts
        projectsPerRole =
            try mapping.integer("projects_per_role", in: 1...10_000) ?? ClaimedRoles.standardShardSize
        try mapping.finish()
    }
}

extension CertificateAdministrators {
    fileprivate init(_ mapping: YAMLMapping) throws(YAMLError) {
        var proxies: [PeerAddress] = []
        for (index, text) in try (mapping.strings("trusted_proxies") ?? []).enumerated() {
            guard let address = PeerAddress(text) else {
                throw mapping.refusal(
                    of: "trusted_proxies", item: index, because: "'\(text)' is no IP address")
            }
            proxies.append(address)
        }
        let header = try mapping.string("subject_header") ?? "X-Client-Subject"
        let administrators = try mapping.mapping("administrators")
        let accounts = try administrators.texts()
        for (subject, account) in accounts where !Warehouse.isAccountName(account) {
            throw administrators.refusal(
                of: subject,
                because: "'\(account)' is no account name: lower-case letters, digits, '.', '_', '-'")
        }
        try mapping.finish()
        self.init(proxies: proxies, header: header, accounts: accounts)
    }
}

private func days(_ count: Int) -> Duration { .seconds(count * 86400) }
