import Foundation
import Glibc
package import Logging
package import Postgres
import Synchronization

/// The PostgreSQL server of this test process: the one `BONDED_TEST_POSTGRES` (a connection string of a role that may
/// create databases) names, or else a disposable cluster, which ends with the process however that ends.
package struct TestServer: Sendable {
    /// Of a database that is only used to make others.
    package let parameters: ConnectionParameters
    let administration: Database

    package static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static let starting = Task { try await start() }

    /// The server, started on first use.
    package static func shared() async throws -> TestServer {
        try await starting.value
    }

    private static func start() async throws -> TestServer {
        let string: String
        if let given = ProcessInfo.processInfo.environment["BONDED_TEST_POSTGRES"], !given.isEmpty {
            string = given
        } else {
            string = try await startCluster()
        }
        let parameters = try ConnectionParameters(string)
        let administration = Database(parameters, settings: DatabaseSettings(), logger: logger)
        return TestServer(parameters: parameters, administration: administration)
    }

    // MARK: Disposable cluster

    private static let namePrefix = "bonded-test-"
    /// What `atexit` removes; its handler can capture nothing.
    private static let disposable = Mutex<(directory: String, server: Int)?>(nil)

    private static func startCluster() async throws -> String {
        removeLeftovers()
        let directory = "/tmp/\(namePrefix)\(getpid())"
        var settings = PrivateCluster.Settings()
        settings.durability = .disposable
        settings.maxConnections = 400
        let cluster = PrivateCluster(directory: directory, settings: settings, logger: logger)
        let string = try await cluster.start()
        disposable.withLock { $0 = (directory, cluster.process ?? 0) }
        atexit {
            guard let (directory, server) = TestServer.disposable.withLock({ $0 }) else { return }
            if server > 1 {
                kill(pid_t(server), SIGQUIT)
                for _ in 0..<200 where kill(pid_t(server), 0) == 0 { usleep(10_000) }
            }
            TestServer.remove(directory)
        }
        return string
    }

    /// Removes clusters of test processes that were killed.
    private static func removeLeftovers() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
        for name in names where name.hasPrefix(namePrefix) {
            guard let process = pid_t(name.dropFirst(namePrefix.count)), kill(process, 0) != 0, errno == ESRCH
            else { continue }
            remove("/tmp/" + name)
        }
    }

    private static func remove(_ directory: String) {
        if let content = FileManager.default.contents(atPath: directory + "/socket-directory") {
            let sockets = String(decoding: content, as: UTF8.self)
            if sockets.contains("/bonded-") { try? FileManager.default.removeItem(atPath: sockets) }
        }
        try? FileManager.default.removeItem(atPath: directory)
    }
}
