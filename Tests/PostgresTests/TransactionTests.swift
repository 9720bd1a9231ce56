import Postgres
import Synchronization
import TestSupport
import Testing

@Suite("Transactions")
struct TransactionTests {
    private struct Refusal: Error, Equatable {}

    private func withTable<Value: Sendable>(_ body: (Database) async throws -> Value) async throws -> Value {
        try await TemporaryDatabase.with(.empty) { database in
            try await database.transaction { connection in
                try connection.execute(
                    "CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, size int CHECK (size >= 0))")
            }
            return try await body(database)
        }
    }

    private func count(_ database: Database) async throws -> Int {
        try await database.read { try #require(try $0.one("SELECT count(*) FROM item"))[0] }
    }

    @Test("what a body did is kept when it returns, and the affected rows are counted")
    func commits() async throws {
        try await withTable { database in
            let inserted = try await database.transaction {
                try $0.execute("INSERT INTO item SELECT n, 'n' || n FROM generate_series(1, 3) AS n")
            }
            #expect(inserted == 3)
            let kept = try await count(database)
            #expect(kept == 3)
        }
    }

    @Test("a body's error rolls everything back and comes out unchanged")
    func rollsBack() async throws {
        try await withTable { database in
            await #expect(throws: Refusal()) {
                try await database.transaction { connection in
                    try connection.execute("INSERT INTO item VALUES (1, 'a')")
                    throw Refusal()
                }
            }
            let kept = try await count(database)
            #expect(kept == 0)
        }
    }

    @Test(
        "hostile text is data",
        arguments: ["'; DROP TABLE item; --", "\\'; DELETE FROM item; --", "$1", "NULL", "\"x\""])
    func injection(text: String) async throws {
        try await withTable { database in
            try await database.transaction { try $0.execute("INSERT INTO item VALUES (1, \(text))") }
            let back: String = try await database.read {
                try #require(try $0.one("SELECT name FROM item WHERE name = \(text)"))["name"]
            }
            #expect(back == text)
        }
    }

    @Test("two statements in one text, or NUL in a value, are refused by the server")
    func serverRefusals() async throws {
        try await withTable { database in
            let two = await #expect(throws: PostgresError.self) {
                try await database.transaction { try $0.execute("SELECT 1; DROP TABLE item") }
            }
            #expect(two?.sqlState == "42601")
            let nul = await #expect(throws: PostgresError.self) {
                try await database.transaction { try $0.execute("INSERT INTO item VALUES (1, \("a\0b"))") }
            }
            #expect(nul?.sqlState == "22021")
            let kept = try await count(database)
            #expect(kept == 0)
        }
    }

    @Test("violations name their constraint")
    func violations() async throws {
        try await withTable { database in
            try await database.transaction { try $0.execute("INSERT INTO item VALUES (1, 'a', 1)") }
            let unique = await #expect(throws: PostgresError.self) {
                try await database.transaction { try $0.execute("INSERT INTO item VALUES (2, 'a', 1)") }
            }
            #expect(unique?.isUniqueViolation == true)
            #expect(unique?.constraint == "item_name_key")
            let check = await #expect(throws: PostgresError.self) {
                try await database.transaction { try $0.execute("INSERT INTO item VALUES (2, 'b', \(-1))") }
            }
            #expect(check?.isCheckViolation == true)
            #expect(check?.constraint == "item_size_check")
        }
    }

    @Test("reading refuses to write")
    func readOnly() async throws {
        try await withTable { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.read { try $0.execute("INSERT INTO item VALUES (1, 'a')") }
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test("a body that swallows a statement's error does not commit silently")
    func swallowedError() async throws {
        try await withTable { database in
            await #expect(throws: PostgresError.transactionAborted) {
                try await database.transaction { connection in
                    try connection.execute("INSERT INTO item VALUES (1, 'a')")
                    _ = try? connection.execute("SELECT 1/0")
                }
            }
            let kept = try await count(database)
            #expect(kept == 0)
        }
    }

    @Test("a savepoint undoes its own statements alone, nested ones too")
    func savepoints() async throws {
        try await withTable { database in
            try await database.transaction { connection in
                try connection.execute("INSERT INTO item VALUES (1, 'a')")
                #expect(throws: PostgresError.self) {
                    try connection.savepoint {
                        try connection.execute("INSERT INTO item VALUES (2, 'b')")
                        try connection.savepoint {
                            try connection.execute("INSERT INTO item VALUES (3, 'c')")
                        }
                        try connection.execute("INSERT INTO item VALUES (4, 'a')")
                    }
                }
                try connection.savepoint { try connection.execute("INSERT INTO item VALUES (5, 'e')") }
            }
            let ids = try await database.read {
                try $0.query("SELECT id FROM item ORDER BY id").map { try $0.get(0, as: Int.self) }
            }
            #expect(ids == [1, 5])
        }
    }

    /// What a body makes of the error that a lost race gives it.
    private enum Reaction: CaseIterable {
        case passesOn, disguises, swallows, continues
    }

    @Test("a transaction that loses a race is run again", arguments: Reaction.allCases)
    private func retriesSerializationFailure(reaction: Reaction) async throws {
        try await withTable { database in
            try await database.transaction { try $0.execute("INSERT INTO item VALUES (1, 'a', 0)") }
            let attemptCount = Mutex(0)
            let attempts = try await database.transaction(.serializable) { connection in
                let attempt = attemptCount.withLock { count in
                    count += 1
                    return count
                }
                let size: Int = try #require(try connection.one("SELECT size FROM item WHERE id = 1"))["size"]
                if attempt == 1 {
                    try connection.executeElsewhere("UPDATE item SET size = size + 10 WHERE id = 1")
                }
                do {
                    try connection.execute("UPDATE item SET size = \(size + 1) WHERE id = 1")
                } catch {
                    switch reaction {
                    case .passesOn: throw error
                    case .disguises: throw Refusal()
                    case .swallows: break
                    case .continues: try connection.execute("SELECT 1")
                    }
                }
                return attempt
            }
            #expect(attempts == 2)
            let size: Int = try await database.read { try #require(try $0.one("SELECT size FROM item"))[0] }
            #expect(size == 11)
        }
    }

    @Test("races are given up after the configured number of retries")
    func givesUp() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let attempts = Mutex(0)
            let error = await #expect(throws: PostgresError.self) {
                try await database.transaction { connection in
                    attempts.withLock { $0 += 1 }
                    try connection.execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$")
                }
            }
            #expect(error?.isSerializationFailure == true)
            #expect(attempts.withLock { $0 } == 6)
        }
    }

    @Test("a statement prepared before the table changed works afterwards")
    func stalePlan() async throws {
        try await TemporaryDatabase.with(.empty, poolSize: 1) { database in
            try await database.transaction { try $0.execute("CREATE TABLE t AS SELECT 1 AS a") }
            let read = { try await database.read { try $0.query("SELECT * FROM t").count } }
            #expect(try await read() == 1)
            try await database.transaction { try $0.execute("ALTER TABLE t ADD COLUMN b int") }
            #expect(try await read() == 1)
        }
    }

    @Test("more statements than the cache holds stay usable")
    func statementEviction() async throws {
        try await TemporaryDatabase.with(.empty, poolSize: 1) { database in
            let (sum, prepared) = try await database.transaction { connection in
                var sum = 0
                for number in 0..<600 {
                    let sql = (0..<(number % 300)).reduce(into: "SELECT \(number)" as SQL) { sql, _ in
                        sql += " + 0"
                    }
                    sum += try #require(try connection.one(sql)).get(0, as: Int.self)
                }
                let row = try #require(try connection.one("SELECT count(*) FROM pg_prepared_statements"))
                return (sum, try row.get(0, as: Int.self))
            }
            #expect(sum == 599 * 300)
            #expect(prepared == 256)
        }
    }

    @Test("the server ends a statement that takes too long")
    func statementTimeout() async throws {
        let temporary = try await TemporaryDatabase.make(.empty)
        var settings = DatabaseSettings()
        settings.statementTimeout = .milliseconds(50)
        let database = temporary.connect(settings)
        let error = await #expect(throws: PostgresError.self) {
            try await database.read { try $0.execute("SELECT pg_sleep(60)") }
        }
        #expect(error?.isCancelled == true)
        await database.close()
        try await temporary.drop()
    }

    @Test("COPY adds rows of mixed types and fits them to the columns")
    func copies() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            try await database.transaction { connection in
                try connection.execute(
                    """
                    CREATE TABLE "odd ""name" (id int, small smallint, big bigint, name varchar, data bytea, tags text[],
                        doc jsonb, at timestamptz)
                    """)
            }
            let rows: [[any Bindable]] = (0..<5000).map { number in
                [
                    number, 7, number << 33, "naïve\t\\N \(number)", [0, 255] as [UInt8], ["a", "b,"],
                    JSONText("{\"n\": \(number)}"), nil as Timestamp?,
                ]
            }
            let copied = try await database.transaction { connection in
                try connection.copyIn(
                    into: "odd \"name", columns: ["id", "small", "big", "name", "data", "tags", "doc", "at"],
                    rows: rows)
            }
            #expect(copied == 5000)
            let row = try await database.read {
                try #require(try $0.one("SELECT * FROM \"odd \"\"name\" WHERE id = \(4999)"))
            }
            #expect(try row.get("big", as: Int.self) == 4999 << 33)
            #expect(try row.get("name", as: String.self) == "naïve\t\\N 4999")
            #expect(try row.get("tags", as: [String].self) == ["a", "b,"])
            #expect(try row.get("doc", as: String.self) == "{\"n\": 4999}")
            #expect(try row.get("at", as: Timestamp?.self) == nil)
        }
    }

    @Test("a refused COPY adds nothing and leaves the connection usable")
    func copyRefusals() async throws {
        try await withTable { database in
            func copy(_ rows: [[any Bindable]]) async -> PostgresError? {
                await #expect(throws: PostgresError.self) {
                    try await database.transaction {
                        try $0.copyIn(into: "item", columns: ["id", "name"], rows: rows)
                    }
                }
            }
            #expect(await copy([[1, "a"], [2]]) == .copyRowWidth(expected: 2, actual: 1))
            #expect(await copy([[1, "a"], [Int.max, "b"]]) == .copyType(column: "id", typeID: 23))
            #expect(await copy([[1, "a"], ["2", "b"]]) == .copyType(column: "id", typeID: 23))
            #expect(await copy([[1, "a"], [2, "a"]])?.constraint == "item_name_key")
            let kept = try await count(database)
            #expect(kept == 0)
        }
    }
}
