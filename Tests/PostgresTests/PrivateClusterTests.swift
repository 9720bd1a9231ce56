import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@Suite("Private cluster", .serialized, .timeLimit(.minutes(3)))
struct PrivateClusterTests {
    /// A directory to make clusters in: below one that only root may enter when we are root.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let parent = geteuid() == 0 ? "/root" : NSTemporaryDirectory()
        let directory = "\(parent)/cluster-test-\(UUID().uuidString) ü"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer {
            try? FileManager.default.removeItem(atPath: directory)
            try? FileManager.default.removeItem(atPath: directory + "-moved")
        }
        try await body(directory)
    }

    private func cluster(_ directory: String) -> PrivateCluster {
        var settings = PrivateCluster.Settings()
        settings.durability = .durable
        return PrivateCluster(
            directory: directory + "/postgres", settings: settings, logger: TestServer.logger)
    }

    private func open(_ connectionString: String) throws -> Database {
        try Database(connectionString: connectionString, poolSize: 2, logger: TestServer.logger)
    }

    private func rows(_ database: Database) async throws -> Int {
        try await database.read { try #require(try $0.one("SELECT count(*) FROM kept"))[0] }
    }

    private func sockets(_ connectionString: String) throws -> String {
        let match = try #require(connectionString.firstMatch(of: /host='([^']+)'/))
        return String(match.1)
    }

    @Test("what was committed survives a stop, a kill -9 of the server, and a move of the directory")
    func life() async throws {
        try await withDirectory { directory in
            let first = cluster(directory)
            let string = try await first.start()
            #expect(try await first.start() == string)
            var database = try open(string)
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
            }
            let safety = try await database.read { connection in
                try ["fsync", "synchronous_commit", "data_checksums", "listen_addresses", "server_encoding"]
                    .map { name in
                        try #require(try connection.one("SELECT current_setting(\(name))")).get(
                            0, as: String.self)
                    }
            }
            #expect(safety == ["on", "on", "on", "", "UTF8"])
            let socketDirectory = try sockets(string)
            let attributes = try FileManager.default.attributesOfItem(atPath: socketDirectory)
            #expect(attributes[.posixPermissions] as? Int == 0o700)

            // Killed: the pool notices, the same cluster starts again, recovery brings everything back.
            kill(pid_t(try #require(first.process)), SIGKILL)
            let again = try await first.start()
            database = try open(again)
            #expect(try await rows(database) == 1000)
            #expect(!FileManager.default.fileExists(atPath: socketDirectory))
            await database.close()
            await first.stop()
            #expect(!first.isRunning)
            #expect(!FileManager.default.fileExists(atPath: try sockets(again)))

            try FileManager.default.moveItem(atPath: directory, toPath: directory + "-moved")
            let moved = cluster(directory + "-moved")
            database = try open(try await moved.start())
            #expect(try await rows(database) == 1000)
            await database.close()
            await moved.stop()
        }
    }

    @Test(
        "a second object adopts the running server and leaves it running; initialization cut short is begun again"
    )
    func adoption() async throws {
        try await withDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: directory + "/postgres/data.new/base", withIntermediateDirectories: true)
            let first = cluster(directory)
            let second = cluster(directory)
            async let one = first.start()
            async let two = second.start()
            let strings = try await [one, two]
            #expect(Set(strings).count == 1)
            let owners = [first, second].filter { $0.process != nil }
            #expect(owners.count == 1)
            let guest = owners[0] === first ? second : first
            await guest.stop()
            let database = try open(strings[0])
            try await database.ping()
            await database.close()

            // A number left over in postmaster.pid that now is another program's, of the same account even, does not
            // keep the server down.
            await owners[0].stop()
            let elsewhere = try await TestServer.shared()
            let other = Database(
                elsewhere.parameters, settings: DatabaseSettings(), logger: TestServer.logger)
            let session = try await other.session()
            let stranger = try await session.run { $0.backendProcess }
            let pidFile = directory + "/postgres/data/postmaster.pid"
            try Data("\(stranger)\n/elsewhere\n1\n5432\n/nonexistent\n".utf8).write(
                to: URL(fileURLWithPath: pidFile))
            let third = cluster(directory)
            let revived = try open(try await third.start())
            try await revived.ping()
            await revived.close()
            await third.stop()
            try await session.ping()
            await session.close()
        }
    }

    @Test("failures say what is wrong")
    func failures() async throws {
        try await withDirectory { directory in
            var settings = PrivateCluster.Settings()
            settings.binaries = "/nonexistent"
            let unfound = PrivateCluster(
                directory: directory + "/a", settings: settings, logger: TestServer.logger)
            await #expect(throws: ClusterError.noBinaries(searched: ["/nonexistent"])) {
                try await unfound.start()
            }

            let data = directory + "/b/postgres/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try Data("7\n".utf8).write(to: URL(fileURLWithPath: data + "/PG_VERSION"))
            let error = await #expect(throws: ClusterError.self) {
                try await cluster(directory + "/b").start()
            }
            guard case .wrongVersion(cluster: "7", let found) = error else {
                Issue.record("unexpected \(String(describing: error))")
                return
            }
            #expect(!found.isEmpty)
        }
    }
}
