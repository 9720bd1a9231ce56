import CanonicalJSON
import Postgres
import TestSupport
import Testing

@testable import Warehouse

@Suite("The transaction log")
struct TransactionLogTests {
    private static func write(_ count: Int, _ index: TestIndex) async throws {
        try await index.warehouse.database.transaction { connection in
            for number in 0..<count {
                try Warehouse.log(
                    .transaction, ["project": "demo", "transaction": .integer(number)], connection)
            }
        }
    }

    private static func chain(_ index: TestIndex) async throws {
        try await index.warehouse.database.transaction { try Warehouse.chainLog($0) }
    }

    @Test("entries wait until they are chained, and follow from each other then")
    func chains() async throws {
        try await TestIndex.with { index in
            try await Self.write(3, index)
            #expect(try await index.warehouse.verifyLog().verified == 0)
            #expect(try await index.warehouse.verifyLog().waiting == 3)
            try await Self.chain(index)
            let first = try await index.warehouse.verifyLog()
            #expect((first.verified, first.waiting, first.brokenAt) == (3, 0, nil))
            try await Self.write(2, index)
            try await Self.chain(index)
            let second = try await index.warehouse.verifyLog()
            #expect(second.verified == 5)
            #expect(second.head != first.head)
            #expect(try await index.warehouse.logEntries(of: "demo", limit: 2).map(\.seq) == [4, 5])
            #expect(try await index.warehouse.logEntries(of: "other", limit: 2).isEmpty)
        }
    }

    @Test(
        "whoever owns the database and changes, moves or takes out an entry is found out",
        arguments: [
            "UPDATE log_entry SET body = '{}' WHERE seq = 2",
            "UPDATE log_entry SET kind = 'draft dropped' WHERE seq = 2",
            "UPDATE log_entry SET recorded_at = recorded_at + interval '1 microsecond' WHERE seq = 2",
            "UPDATE log_entry SET hash = sha256(hash) WHERE seq = 2",
            "DELETE FROM log_entry WHERE seq = 2",
            "UPDATE log_entry SET seq = 9 WHERE seq = 2",
        ] as [StaticString])
    func tampering(_ statement: StaticString) async throws {
        try await TestIndex.with { index in
            try await Self.write(4, index)
            try await Self.chain(index)
            try await index.warehouse.database.transaction { connection in
                try connection.execute("ALTER TABLE log_entry DISABLE TRIGGER log_entry_append_only")
                try connection.execute("\(raw: statement)")
            }
            #expect(try await index.warehouse.verifyLog().brokenAt == 2)
        }
    }

    @Test(
        "a chained entry cannot be changed or removed by mistake",
        arguments: [
            "UPDATE log_entry SET body = '{}'", "DELETE FROM log_entry", "TRUNCATE log_entry",
        ] as [StaticString])
    func appendOnly(_ statement: StaticString) async throws {
        try await TestIndex.with { index in
            try await Self.write(1, index)
            try await Self.chain(index)
            await #expect(throws: PostgresError.self) {
                try await index.warehouse.database.transaction { try $0.execute("\(raw: statement)") }
            }
            #expect(try await index.warehouse.verifyLog().verified == 1)
        }
    }
}
