import Postgres
import TUF
import TestSupport
import Testing

@testable import Warehouse

@Suite("Health")
struct HealthTests {
    private static func problem(_ index: TestIndex) async throws -> String? {
        try await index.warehouse.health().problem
    }

    @Test("says what is missing: a leader, a snapshot, a good timestamp, or that an upload waits too long")
    func problems() async throws {
        try await TestIndex.with { index in
            let start = MetadataTime.now
            try await index.upload(.wheel(), by: index.account())
            #expect(
                try await Self.problem(index)
                    == "no snapshot process is running; 1 uploads wait for one: start `bonded sign`")

            let session = try await index.warehouse.database.session()
            #expect(try await session.run { try Leadership.take($0) })
            #expect(
                try await Self.problem(index)
                    == "no snapshot has been published yet: see the log of `bonded sign`")

            var publisher = try await Publisher(index, at: start)
            try await publisher.publish()
            #expect(try await Self.problem(index) == nil)

            try await index.upload(.wheel("demo", "2.0"), by: index.account())
            #expect(try await Self.problem(index) == nil)
            try await index.execute(
                """
                UPDATE project_transaction SET submitted_at = now() - interval '90 seconds'
                WHERE snapshot_version IS NULL
                """)
            let waiting = try #require(try await Self.problem(index))
            #expect(waiting.hasPrefix("an upload has waited 9"))

            try await index.execute(
                """
                UPDATE metadata SET expires_at = now() + (SELECT timestamp_lifetime FROM repository) * interval '0.2 s'
                WHERE role = 'timestamp'
                """)
            let late = try #require(try await Self.problem(index))
            #expect(late.hasPrefix("the timestamp expires in ") && late.contains("is not renewed"))

            try await index.execute("UPDATE metadata SET expires_at = now() WHERE role = 'timestamp'")
            #expect(
                try await Self.problem(index) == "the timestamp has expired: see the log of `bonded sign`")
            await session.close()
            #expect(try await Self.problem(index)?.hasPrefix("no snapshot process is running") == true)
        }
    }
}
