import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite("Pool, sessions and lost connections")
struct PoolTests {
    private func terminate(_ process: Int, by database: Database) async throws {
        let found: Bool = try await database.read {
            try #require(try $0.one("SELECT pg_terminate_backend(\(process)::int, 10000)"))[0]
        }
        #expect(found)
    }

    @Test("a caller who finds every connection busy waits, in order, and is refused after the limit")
    func exhaustion() async throws {
        let temporary = try await TemporaryDatabase.make(.empty)
        var settings = DatabaseSettings()
        settings.poolSize = 1
        settings.poolTimeout = .milliseconds(100)
        let database = temporary.connect(settings)
        let isBusy = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        let busy = Task {
            try await database.read { _ in
                isBusy.signal()
                mayEnd.wait()
            }
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                isBusy.wait()
                continuation.resume()
            }
        }
        await #expect(throws: PostgresError.poolExhausted(size: 1)) { try await database.ping() }
        #expect(database.poolStatistics == PoolStatistics(size: 1, idle: 0, waiting: 0))
        mayEnd.signal()
        try await busy.value
        try await database.ping()
        #expect(database.poolStatistics == PoolStatistics(size: 1, idle: 1, waiting: 0))
        await database.close()
        try await temporary.drop()
    }

    @Test("a cancelled caller stops waiting and takes no connection")
    func cancellation() async throws {
        try await TemporaryDatabase.with(.empty, poolSize: 1) { database in
            let isBusy = AsyncStream<Void>.makeStream()
            let mayEnd = DispatchSemaphore(value: 0)
            let busy = Task {
                try await database.read { _ in
                    isBusy.continuation.yield()
                    mayEnd.wait()
                }
            }
            var iterator = isBusy.stream.makeAsyncIterator()
            await iterator.next()
            let waiting = Task { try await database.ping() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            mayEnd.signal()
            try await busy.value
            try await database.ping()
        }
    }

    @Test("many callers share few connections")
    func sharing() async throws {
        try await TemporaryDatabase.with(.empty, poolSize: 2) { database in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await database.read { try #require(try $0.one("SELECT \(number)"))[0] }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 4950)
            #expect(database.poolStatistics == PoolStatistics(size: 2, idle: 2, waiting: 0))
        }
    }

    @Test("a connection that died while idle is replaced without anyone noticing")
    func idleLoss() async throws {
        try await TemporaryDatabase.with(.empty, poolSize: 1) { database in
            let first = try await database.read { $0.backendProcess }
            let killer = try await TestServer.shared()
            let administration = Database(
                killer.parameters, settings: DatabaseSettings(), logger: TestServer.logger)
            try await terminate(first, by: administration)
            await administration.close()
            let second = try await database.transaction { connection in
                try connection.execute("SELECT 1")
                return connection.backendProcess
            }
            #expect(first != second)
        }
    }

    @Test("a connection lost within a transaction is an error, and the pool recovers")
    func lossInTransaction() async throws {
        try await TemporaryDatabase.with(.empty, poolSize: 1) { database in
            let runs = Mutex(0)
            let error = await #expect(throws: PostgresError.self) {
                try await database.transaction { connection in
                    runs.withLock { $0 += 1 }
                    try connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(isLoss(error))
            #expect(runs.withLock { $0 } == 1)
            try await database.ping()
        }
    }

    @Test("a connection lost during COMMIT says that the outcome is unknown")
    func lossInCommit() async throws {
        try await TemporaryDatabase.with(.empty, poolSize: 1) { database in
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (id int)")
                try connection.execute(
                    """
                    CREATE FUNCTION suicide() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NULL; END $$
                    """)
                try connection.execute(
                    """
                    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION suicide()
                    """)
            }
            let error = await #expect(throws: PostgresError.self) {
                try await database.transaction { try $0.execute("INSERT INTO t VALUES (1)") }
            }
            guard case .commitOutcomeUnknown = error else {
                Issue.record("unexpected \(String(describing: error))")
                return
            }
            #expect(error?.isUnavailable == true)
        }
    }

    @Test("a session keeps its connection and its lock until closed")
    func sessionLock() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let leader = try await database.session()
            let rival = try await database.session()
            func tryLock(_ session: Session) async throws -> Bool {
                try await session.run { try #require(try $0.one("SELECT pg_try_advisory_lock(7)"))[0] }
            }
            #expect(try await tryLock(leader))
            #expect(try await !tryLock(rival))
            let processes = try await [
                leader.run { $0.backendProcess }, leader.transaction { $0.backendProcess },
            ]
            #expect(Set(processes).count == 1)
            await leader.close()
            await #expect(throws: PostgresError.closed) { try await leader.ping() }
            // Taken as soon as the server has noticed.
            try await rival.run { try $0.execute("SELECT pg_advisory_lock(7)") }
            await rival.close()
        }
    }

    private func isLoss(_ error: PostgresError?) -> Bool {
        if case .connectionLost = error { true } else { false }
    }

    @Test("a session that lost its connection says so from then on")
    func sessionLoss() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let session = try await database.session()
            try await terminate(try await session.run { $0.backendProcess }, by: database)
            for _ in 0..<3 {
                let silence = await #expect(throws: PostgresError.self) { try await session.ping() }
                #expect(isLoss(silence))
                let error = await #expect(throws: PostgresError.self) {
                    try await session.transaction { try $0.execute("SELECT 1") }
                }
                #expect(isLoss(error))
            }
            await session.close()
        }
    }

    @Test("a session's body that swallows the loss does not hide it")
    func sessionLossSwallowed() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let session = try await database.session()
            let error = await #expect(throws: PostgresError.self) {
                try await session.run { connection in
                    _ = try? connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(isLoss(error))
        }
    }

    @Test("a closed database refuses")
    func closed() async throws {
        let temporary = try await TemporaryDatabase.make(.empty)
        let database = temporary.connect()
        try await database.ping()
        await database.close()
        await #expect(throws: PostgresError.closed) { try await database.ping() }
        try await temporary.drop()
    }
}

@Suite("Notifications")
struct ListenTests {
    @Test(
        "a notification arrives after its transaction's commit, and never of one rolled back",
        .timeLimit(.minutes(1)))
    func delivers() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            var heard = database.listen(channels: ["a", "B \"x"]).makeAsyncIterator()
            #expect(await heard.next() == .listening)
            struct Refusal: Error {}
            try? await database.transaction { connection in
                try connection.notify("a", payload: "never")
                throw Refusal()
            }
            try await database.transaction { connection in
                try connection.notify("a", payload: "1 é")
                try connection.notify("other", payload: "unheard")
                try connection.notify("B \"x")
            }
            #expect(await heard.next() == .message(channel: "a", payload: "1 é"))
            #expect(await heard.next() == .message(channel: "B \"x", payload: ""))
        }
    }

    @Test("a lost connection is made again, and the reader is told", .timeLimit(.minutes(1)))
    func reconnects() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            var heard = database.listen(channels: ["a"]).makeAsyncIterator()
            #expect(await heard.next() == .listening)
            for number in 0..<2 {
                let terminated = try await database.read {
                    try $0.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND query LIKE 'LISTEN%'
                        """
                    ).count
                }
                #expect(terminated == 1)
                #expect(await heard.next() == .interrupted)
                #expect(await heard.next() == .reconnected)
                try await database.transaction { try $0.notify("a", payload: "\(number)") }
                #expect(await heard.next() == .message(channel: "a", payload: "\(number)"))
            }
        }
    }

    @Test("a reader who stops ends the listener and its connection", .timeLimit(.minutes(1)))
    func ends() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let listeners = {
                try await database.read {
                    try $0.query(
                        """
                        SELECT pid FROM pg_stat_activity
                        WHERE datname = current_database() AND query LIKE 'LISTEN%'
                        """
                    ).count
                }
            }
            for await heard in database.listen(channels: ["a"]) where heard == .listening { break }
            while try await listeners() > 0 { await Task.yield() }
        }
    }
}
