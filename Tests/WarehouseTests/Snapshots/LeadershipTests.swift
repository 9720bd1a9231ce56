import Postgres
import TUF
import TestSupport
import Testing

@testable import Warehouse

@Suite("Leadership among snapshot processes")
struct LeadershipTests {
    /// Runs two snapshot processes, told apart by their connections' names, and stops them in the end.
    private static func withTwoProcesses(_ body: (TestIndex) async throws -> Void) async throws {
        try await TestIndex.with { index in
            var databases: [Database] = []
            var running: [Task<Void, Never>] = []
            for name in ["one", "two"] {
                var settings = DatabaseSettings()
                settings.applicationName = name
                let string = "\(index.database.parameters) application_name=\(name)"
                let database = Database(
                    try ConnectionParameters(string, settings: settings), settings: settings,
                    logger: TestServer.logger)
                let process = SnapshotProcess(
                    warehouse: Warehouse(
                        database: database, blobs: index.warehouse.blobs, logger: TestServer.logger),
                    keyring: index.ceremony.keyring,
                    settings: .init(
                        supersededGrace: .seconds(3600), keyOverlap: .zero),
                    now: { .now })
                databases.append(database)
                running.append(Task { await process.run() })
            }
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(index)) } catch { outcome = .failure(error) }
            for process in running { process.cancel() }
            for process in running { await process.value }
            for database in databases { await database.close() }
            try outcome.get()
        }
    }

    /// The names of the processes that hold the lock.
    private static func leaders(_ index: TestIndex) async throws -> [String] {
        try await index.values(
            """
            SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND datname = current_database()
              AND application_name IN ('one', 'two')
            """)
    }

    private static func waitForLeader(_ index: TestIndex, otherThan old: String? = nil) async throws -> String
    {
        var found: [String] = []
        _ = try await eventually {
            found = try await leaders(index)
            return !found.isEmpty && found != [old]
        }
        #expect(found.count == 1)
        return try #require(found.first)
    }

    private static func terminateLeader(_ index: TestIndex) async throws {
        let ended: Int = try await index.value(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND datname = current_database()
            """)
        #expect(ended == 1)
    }

    private static func isPublic(_ receipt: UploadReceipt, _ index: TestIndex) async throws -> Bool {
        let version: Int? = try await index.value(
            "SELECT snapshot_version FROM project_transaction WHERE id = \(receipt.transaction)")
        return version != nil
    }

    @Test("one leads; when its connection ends the other takes over, and clients follow both")
    func takesOver() async throws {
        try await Self.withTwoProcesses { index in
            let alice = try await index.account()
            let first = try await Self.waitForLeader(index)
            let before = try await index.upload(.wheel("demo", "1.0"), by: alice)
            #expect(try await eventually { try await Self.isPublic(before, index) })
            var client = try IndexClient(index, at: .now)
            try await client.update(at: .now)

            try await Self.terminateLeader(index)
            let second = try await Self.waitForLeader(index, otherThan: first)
            #expect(second != first)
            let after = try await index.upload(.wheel("demo", "2.0"), by: alice)
            #expect(try await eventually { try await Self.isPublic(after, index) })
            try await client.update(at: .now)
            for version in ["1.0", "2.0"] {
                let wheel = TestDistribution.wheel("demo", version)
                try #require(try await client.find("demo/\(wheel.filename)")).verify(wheel.bytes)
            }
        }
    }

    @Test(
        "a leader lost in the middle of a publication leaves nothing of it, and the next one makes it whole")
    func lostWhilePublishing() async throws {
        try await Self.withTwoProcesses { index in
            let alice = try await index.account()
            _ = try await Self.waitForLeader(index)
            let first = try await index.upload(.wheel("demo", "1.0"), by: alice)
            #expect(try await eventually { try await Self.isPublic(first, index) })

            // The publication comes as far as its metadata, and no further.
            let session = try await index.warehouse.database.session()
            try await session.run { connection in
                try connection.execute("BEGIN")
                try connection.execute("LOCK TABLE metadata IN SHARE MODE")
            }
            let second = try await index.upload(.wheel("demo", "2.0"), by: alice)
            let stuck = try await eventually {
                try await session.run { connection in
                    try connection.single(
                        "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'metadata'::regclass"
                    )
                }
            }
            #expect(stuck)
            try await Self.terminateLeader(index)
            try await session.run { _ = try $0.execute("ROLLBACK") }
            await session.close()

            #expect(try await eventually { try await Self.isPublic(second, index) })
            let versions: [Int] = try await index.values(
                "SELECT version FROM metadata WHERE role = 'snapshot' ORDER BY version")
            #expect(versions == Array(1...versions.count))
            let serials: [Int] = try await index.values("SELECT serial FROM journal ORDER BY id")
            #expect(serials == Array(1...5))
            var client = try IndexClient(index, at: .now)
            try await client.update(at: .now)
            let wheel = TestDistribution.wheel("demo", "2.0")
            try #require(try await client.find("demo/\(wheel.filename)")).verify(wheel.bytes)
        }
    }
}
