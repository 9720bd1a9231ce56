import Postgres
import TUF
import TestSupport
import Testing

@testable import Warehouse

@Suite("Figures of publications")
struct PublicationFiguresTests {
    private static func figures(_ index: TestIndex) async throws -> PublicationFigures {
        try await index.warehouse.gauges().publications
    }

    private static func reaches(
        _ goal: @escaping (PublicationFigures) -> Bool, _ index: TestIndex
    ) async throws -> Bool {
        try await eventually { goal(try await figures(index)) }
    }

    private static func withProcess(on index: TestIndex, _ body: () async throws -> Void) async throws {
        let process = SnapshotProcess(
            warehouse: index.warehouse, keyring: index.ceremony.keyring,
            settings: .init(supersededGrace: .seconds(3600), keyOverlap: .zero), now: { .now })
        let running = Task { await process.run() }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        running.cancel()
        await running.value
        try outcome.get()
    }

    @Test("count each publication, with how long the last one took")
    func publications() async throws {
        try await TestIndex.with { index in
            #expect(
                try await Self.figures(index)
                    == PublicationFigures(published: 0, failed: 0, lastDuration: nil))
            try await Self.withProcess(on: index) {
                #expect(try await Self.reaches({ $0.published == 1 }, index))
                try await index.upload(.wheel(), by: index.account())
                #expect(try await Self.reaches({ $0.published == 2 }, index))
            }
            let figures = try await Self.figures(index)
            #expect(figures.failed == 0)
            let duration = try #require(figures.lastDuration)
            #expect(duration > .zero && duration < .seconds(60))
        }
    }

    @Test("count what the self-check refuses, and nothing of it becomes public")
    func failures() async throws {
        try await TestIndex.with { index in
            // Somebody has exchanged the offline metadata that the new bins would hang from.
            try await index.execute(
                """
                UPDATE metadata SET bytes = overlay(bytes PLACING '\\x30'::bytea FROM length(bytes) - 90)
                WHERE role = 'unclaimed'
                """)
            try await Self.withProcess(on: index) {
                let isCounted = try await Self.reaches({ $0.failed >= 2 }, index)
                #expect(isCounted)
            }
            #expect(try await Self.figures(index).published == 0)
            let snapshots: Int = try await index.value(
                "SELECT count(*) FROM metadata WHERE role = 'snapshot'")
            #expect(snapshots == 0)
        }
    }
}
