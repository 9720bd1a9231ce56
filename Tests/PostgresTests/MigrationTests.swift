import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Migrations")
struct MigrationTests {
    /// A directory of files that goes with the test.
    private func withFiles<Value>(_ files: [String: String], _ body: (String) async throws -> Value)
        async throws -> Value
    {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "migrations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, content) in files {
            try Data(content.utf8).write(to: directory.appendingPathComponent(name))
        }
        return try await body(directory.path)
    }

    private let first = "CREATE TABLE one (id int); INSERT INTO one VALUES (1);"
    private let second = "CREATE TABLE two (id int);"

    private func tables(_ database: Database) async throws -> [String] {
        try await database.read {
            try $0.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").map {
                try $0.get(0)
            }
        }
    }

    @Test("are applied in order, once, and checked")
    func appliesOnce() async throws {
        try await withFiles(["0001_one.sql": first, "0002_two.sql": second, "README.md": "x"]) { directory in
            try await TemporaryDatabase.with(.empty) { database in
                let migrations = try Migrations(directory: directory)
                await #expect(throws: MigrationError.pending(["0001_one.sql", "0002_two.sql"])) {
                    try await migrations.check(database)
                }
                #expect(try await tables(database).isEmpty)
                #expect(try await migrations.apply(to: database) == ["0001_one.sql", "0002_two.sql"])
                #expect(try await migrations.apply(to: database).isEmpty)
                try await migrations.check(database)
                #expect(try await tables(database) == ["bonded_migration", "one", "two"])
            }
        }
    }

    @Test("are safe to apply at once")
    func concurrent() async throws {
        try await withFiles(["0001_one.sql": first + "SELECT pg_sleep(0.2)", "0002_two.sql": second]) {
            directory in
            try await TemporaryDatabase.with(.empty) { database in
                let migrations = try Migrations(directory: directory)
                let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 { group.addTask { try await migrations.apply(to: database).count } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(counts.sorted() == [0, 0, 0, 2])
            }
        }
    }

    @Test("a file changed after being applied is refused, and nothing is applied then")
    func changed() async throws {
        try await withFiles(["0001_one.sql": first]) { directory in
            try await TemporaryDatabase.with(.empty) { database in
                try await Migrations(directory: directory).apply(to: database)
                try Data((first + " ").utf8).write(to: URL(fileURLWithPath: directory + "/0001_one.sql"))
                try Data(second.utf8).write(to: URL(fileURLWithPath: directory + "/0002_two.sql"))
                let edited = try Migrations(directory: directory)
                await #expect(throws: MigrationError.changed(["0001_one.sql"])) {
                    try await edited.check(database)
                }
                await #expect(throws: MigrationError.changed(["0001_one.sql"])) {
                    try await edited.apply(to: database)
                }
                #expect(try await tables(database) == ["bonded_migration", "one"])
            }
        }
    }

    @Test("a database of a newer program is refused")
    func unknown() async throws {
        try await withFiles(["0001_one.sql": first, "0002_two.sql": second]) { directory in
            try await TemporaryDatabase.with(.empty) { database in
                try await Migrations(directory: directory).apply(to: database)
                try FileManager.default.removeItem(atPath: directory + "/0002_two.sql")
                let older = try Migrations(directory: directory)
                await #expect(throws: MigrationError.unknownVersions([2])) { try await older.check(database) }
                await #expect(throws: MigrationError.unknownVersions([2])) {
                    try await older.apply(to: database)
                }
            }
        }
    }

    @Test("a failing one is rolled back; those before it stay")
    func failing() async throws {
        let files = [
            "0001_one.sql": first, "0002_bad.sql": "CREATE TABLE two (id int); SELECT 1/0;",
            "0003_c.sql": second,
        ]
        try await withFiles(files) { directory in
            try await TemporaryDatabase.with(.empty) { database in
                let migrations = try Migrations(directory: directory)
                let error = await #expect(throws: MigrationError.self) {
                    try await migrations.apply(to: database)
                }
                guard case .failed(name: "0002_bad.sql", let cause) = error else {
                    Issue.record("unexpected \(String(describing: error))")
                    return
                }
                #expect(cause.sqlState == "22012")
                #expect(try await tables(database) == ["bonded_migration", "one"])
                await #expect(throws: MigrationError.pending(["0002_bad.sql", "0003_c.sql"])) {
                    try await migrations.check(database)
                }
            }
        }
    }

    @Test("one that ends its own transaction is refused")
    func leavesTransaction() async throws {
        try await withFiles(["0001_one.sql": "CREATE TABLE one (id int); COMMIT;"]) { directory in
            try await TemporaryDatabase.with(.empty) { database in
                let migrations = try Migrations(directory: directory)
                await #expect(throws: MigrationError.leftItsTransaction(name: "0001_one.sql")) {
                    try await migrations.apply(to: database)
                }
            }
        }
    }

    @Test("a directory that is not a sequence of migrations is refused")
    func directories() async throws {
        func refusal(_ names: [String]) async throws -> MigrationError? {
            try await withFiles(Dictionary(uniqueKeysWithValues: names.map { ($0, "SELECT 1") })) {
                directory in
                #expect(throws: MigrationError.self) { try Migrations(directory: directory) }
            }
        }
        #expect(try await refusal(["0001_a.sql", "0003_c.sql"]) == .gap(expected: 2, found: "0003_c.sql"))
        #expect(try await refusal(["0002_b.sql"]) == .gap(expected: 1, found: "0002_b.sql"))
        #expect(try await refusal(["0001_a.sql", "0001_b.sql"]) == .duplicateVersion(1))
        #expect(try await refusal(["0001_a.sql", "2_b.sql"]) == .malformedName("2_b.sql"))
        #expect(try await refusal(["0000_a.sql"]) == .malformedName("0000_a.sql"))
        guard case .noMigrations = try await refusal(["notes.txt"]) else {
            Issue.record("an empty directory was accepted")
            return
        }
        let missing = #expect(throws: MigrationError.self) { try Migrations(directory: "/nonexistent") }
        guard case .unreadable(path: "/nonexistent", _) = missing else {
            Issue.record("a missing directory was accepted")
            return
        }
    }

    @Test("errors say what to do")
    func descriptions() {
        #expect(MigrationError.pending(["0002_b.sql"]).description.contains("run `bonded migrate`"))
        #expect(MigrationError.pending(["0002_b.sql"]).description.contains("0002_b.sql"))
    }
}
