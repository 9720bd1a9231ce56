import Foundation
package import Logging
import Synchronization

/// A PostgreSQL server of our own in a directory: made when first started, ended with us, reached only by a Unix
/// socket in a directory that is closed to other users.
///
/// Works as root too, wherever the directory is: PostgreSQL then runs as user `postgres` or `nobody`, and gets the
/// data as an open descriptor.
package final class PrivateCluster: Sendable {
    package struct Settings: Sendable {
        /// Where `initdb` and `postgres` are; searched for if `nil`.
        package var binaries: String?
        /// Made in the cluster if it does not exist.
        package var database = "bonded"
        package var durability = Durability.durable
        /// Covers the recovery after a crash too.
        package var startTimeout: Duration = .seconds(300)
        package var maxConnections = 100

        package init() {}
    }

    package enum Durability: Sendable {
        /// What was committed survives a crash of the machine.
        case durable
        /// For tests: fast, worthless after a crash, gone at once when we end.
        case disposable
    }

    package static let superuser = "bonded"

    private let path: String
    private let settings: Settings
    private let logger: Logger
    /// Where starting and stopping block.
    private let queue = DispatchQueue(label: "bonded.postgres.cluster")
    private let running = Mutex<Running?>(nil)

    private struct Running: Sendable {
        /// `nil` if another process of ours started the server.
        let server: ChildProcess?
        let sockets: String
        let connectionString: String
    }

    package init(directory: String, settings: Settings = Settings(), logger: Logger) {
        path = directory
        self.settings = settings
        self.logger = logger
    }

    /// Starts the server, or adopts the one that already serves the directory.
    ///
    /// - Returns: a connection string for the database, as superuser.
    /// - Throws: a case of ``ClusterError``.
    package func start() async throws(ClusterError) -> String {
        let outcome = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(
                    returning: Result { () throws(ClusterError) in try self.startBlocking() })
            }
        }
        return try outcome.get()
    }

    /// Shuts the server down, open transactions rolled back; an adopted one is left to its owner.
    package func stop() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.stopBlocking()
                continuation.resume()
            }
        }
    }

    /// Whether the server that was started or adopted is still there; an adopted one is believed to be.
    package var isRunning: Bool {
        running.withLock { $0.map { $0.server?.isRunning ?? true } ?? false }
    }

    /// The server's process id, if this object started it.
    package var process: Int? {
        running.withLock { $0?.server.map { Int($0.id) } }
    }

    // MARK: Starting

    private func startBlocking() throws(ClusterError) -> String {
        if let current = running.withLock({ $0 }), canConnect(sockets: current.sockets) {
            return current.connectionString
        }
        let directory = try ClusterDirectory(path)
        let lock = try directory.lock(seconds: startSeconds)
        defer { withExtendedLifetime(lock) {} }

        let data: Descriptor
        let binaries: ServerBinaries
        if let existing = try directory.openData() {
            data = existing
            binaries = try ServerBinaries.find(
                configured: settings.binaries, required: ClusterDirectory.version(of: existing))
        } else {
            binaries = try ServerBinaries.find(configured: settings.binaries, required: nil)
            data = try initialize(directory, binaries)
        }
        if let sockets = try adoptOrAwaitEnd(data) {
            logger.notice("PostgreSQL already serves this directory", metadata: ["directory": "\(path)"])
            let string = connectionString(sockets: sockets)
            running.withLock { $0 = Running(server: nil, sockets: sockets, connectionString: string) }
            return string
        }
        let account = try ClusterAccount.choose(owner: data.status?.st_uid, path: path + "/data")
        let sockets = try directory.makeSocketDirectory(for: account)
        let server = try launch(
            binaries, data: data, account: account, sockets: sockets, directory: directory)
        let string = connectionString(sockets: sockets)
        running.withLock { $0 = Running(server: server, sockets: sockets, connectionString: string) }
        do {
            try makeDatabase(sockets: sockets)
        } catch {
            stopBlocking()
            throw error
        }
        return string
    }

    private var startSeconds: Int { Int(max(1, settings.startTimeout.components.seconds)) }

    private func initialize(
        _ directory: ClusterDirectory, _ binaries: ServerBinaries
    ) throws(ClusterError) -> Descriptor {
        let account = try ClusterAccount.choose(owner: nil, path: path)
        let data = try directory.makeNewData(for: account)
        let output = try Descriptor.temporary()
        var arguments = [
            "-D", "/proc/self/fd/3", "--username", Self.superuser, "--auth-local=trust", "--auth-host=reject",
            "--encoding=UTF8", "--locale=C", "--data-checksums",
        ]
        if settings.durability == .disposable { arguments.append("--no-sync") }
        let initdb = try ChildProcess.start(
            ChildProcess.Program(
                executable: binaries.initdb, arguments: arguments, output: output.number,
                passedDescriptor: data.number, account: account, parentDeathSignal: SIGKILL))
        guard initdb.waitForExit(seconds: startSeconds), initdb.succeeded else {
            initdb.signal(SIGKILL)
            throw .initialization(log: output.tail())
        }
        try directory.adoptNewData()
        return data
    }

    /// - Returns: the socket directory of a server that already serves the data; `nil` if there is none, or once it
    ///   has ended.
    private func adoptOrAwaitEnd(_ data: Descriptor) throws(ClusterError) -> String? {
        let deadline = ContinuousClock.now + settings.startTimeout
        while true {
            switch Occupant(of: data) {
            case .none, .ended:
                return nil
            case .replaced:
                unlinkat(data.number, "postmaster.pid", 0)
                return nil
            case .server(let process, let sockets):
                if !sockets.isEmpty, canConnect(sockets: sockets) {
                    return sockets
                }
                // Starting, or shutting down because whoever started it ended.
                guard ContinuousClock.now < deadline else { throw .occupied(process: Int(process)) }
                usleep(50_000)
            }
        }
    }

    private func launch(
        _ binaries: ServerBinaries, data: Descriptor, account: ClusterAccount?, sockets: String,
        directory: ClusterDirectory
    ) throws(ClusterError) -> ChildProcess {
        let log = try directory.openLog()
        let program = ChildProcess.Program(
            executable: binaries.postgres, arguments: serverArguments(sockets: sockets), output: log.number,
            passedDescriptor: data.number, account: account,
            parentDeathSignal: settings.durability == .durable ? SIGINT : SIGQUIT)
        let deadline = ContinuousClock.now + settings.startTimeout
        while true {
            let logStart = Int(log.status?.st_size ?? 0)
            let server = try ChildProcess.start(program)
            while server.isRunning, ContinuousClock.now < deadline {
                if canConnect(sockets: sockets) { return server }
                usleep(20_000)
            }
            let said = log.tail(maxBytes: min(2048, Int(log.status?.st_size ?? 0) - logStart))
            guard !server.isRunning else {
                end(server)
                throw .notReady(log: said)
            }
            // The children of a server that was killed take a moment to notice.
            guard said.contains("is still in use"), ContinuousClock.now < deadline else {
                throw .exited(log: said)
            }
            usleep(200_000)
        }
    }

    private func serverArguments(sockets: String) -> [String] {
        var values = [
            "listen_addresses": "", "unix_socket_directories": sockets, "unix_socket_permissions": "0700",
            "port": "5432", "max_connections": String(settings.maxConnections), "shared_buffers": "128MB",
            "cluster_name": "bonded", "log_line_prefix": "%m [%p] ", "logging_collector": "off", "jit": "off",
            "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
        ]
        if settings.durability == .disposable {
            for name in ["fsync", "full_page_writes", "synchronous_commit"] { values[name] = "off" }
        }
        let assignments = values.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        return ["-D", "/proc/self/fd/3"] + assignments
    }

    // MARK: Connecting

    private func connectionString(sockets: String, database: String? = nil) -> String {
        let database = ConnectionParameters.quote(database ?? settings.database)
        return
            "host=\(ConnectionParameters.quote(sockets)) port=5432 user=\(Self.superuser) dbname=\(database)"
    }

    private func connect(sockets: String) throws(PostgresError) -> Connection {
        let limits = DatabaseSettings()
        let string = connectionString(sockets: sockets, database: "postgres")
        return try Connection(ConnectionParameters(string, settings: limits), settings: limits)
    }

    private func canConnect(sockets: String) -> Bool {
        (try? connect(sockets: sockets)) != nil
    }

    private func makeDatabase(sockets: String) throws(ClusterError) {
        do throws(PostgresError) {
            let connection = try connect(sockets: sockets)
            let name = settings.database
            guard try connection.one("SELECT FROM pg_database WHERE datname = \(name)") == nil else { return }
            try connection.createDatabase(name)
        } catch {
            throw .database(error)
        }
    }

    // MARK: Stopping

    private func stopBlocking() {
        let stopped = running.withLock { current in
            defer { current = nil }
            return current
        }
        guard let server = stopped?.server else { return }
        end(server)
        (try? ClusterDirectory(path))?.removeSocketDirectory()
    }

    /// Fast shutdown; without a checkpoint if that takes long; by force if that does too.
    private func end(_ server: ChildProcess) {
        let steps: [(signal: Int32, seconds: Int)] =
            settings.durability == .durable
            ? [(SIGINT, 60), (SIGQUIT, 10), (SIGKILL, 10)] : [(SIGQUIT, 10), (SIGKILL, 10)]
        for step in steps {
            server.signal(step.signal)
            if server.waitForExit(seconds: step.seconds) { return }
        }
    }
}
