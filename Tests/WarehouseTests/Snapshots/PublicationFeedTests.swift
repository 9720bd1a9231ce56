import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Warehouse

@Suite("The publication feed")
struct PublicationFeedTests {
    /// What happened, in order.
    private final class Record: Sendable {
        private let events = Mutex<[String]>([])

        func append(_ event: String) { events.withLock { $0.append(event) } }
        var all: [String] { events.withLock { $0 } }
    }

    /// A feed that listens, and what it has reported.
    private static func withFeed(
        _ body: (TestIndex, inout Publisher, PublicationFeed, Record) async throws -> Void
    ) async throws {
        try await TestIndex.withPublisher { index, publisher in
            let record = Record()
            let feed = PublicationFeed(database: index.warehouse.database, logger: index.warehouse.logger) {
                record.append("change")
            }
            let running = Task { await feed.run() }
            #expect(try await eventually { feed.isLive })
            do { try await body(index, &publisher, feed, record) } catch {
                running.cancel()
                throw error
            }
            running.cancel()
            await running.value
            #expect(!feed.isLive)
        }
    }

    @Test("who waits for a transaction is told its snapshot, after the change was announced")
    func resolves() async throws {
        try await Self.withFeed { index, publisher, feed, record in
            try await publisher.publish()
            let receipt = try await index.upload(.wheel(), by: index.account())
            let changes = record.all.count
            let waiting = Task {
                let version = await feed.publication(of: receipt.transaction, within: .seconds(30))
                record.append("told \(version ?? 0)")
            }
            try await publisher.publish()
            await waiting.value
            let events = record.all
            let told = try #require(events.firstIndex(of: "told 2"))
            #expect(told > changes)
            #expect(events[told - 1] == "change" && told >= changes + 1)
        }
    }

    @Test("a transaction that is public already is told at once, and even then the change is announced first")
    func resolvesAtOnce() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let record = Record()
            // Nobody listens: the look-up is always faster than the notification.
            let feed = PublicationFeed(database: index.warehouse.database, logger: index.warehouse.logger) {
                record.append("change")
            }
            let receipt = try await index.upload(.wheel(), by: index.account())
            try await publisher.publish()
            let version = await feed.publication(of: receipt.transaction, within: .seconds(30))
            record.append("told")
            #expect(version == 1)
            #expect(record.all == ["change", "told"])
        }
    }

    @Test("a transaction that does not become public in time is given up")
    func givesUp() async throws {
        try await Self.withFeed { index, publisher, feed, _ in
            let receipt = try await index.upload(.wheel(), by: index.account())
            #expect(await feed.publication(of: receipt.transaction, within: .milliseconds(50)) == nil)
            #expect(await feed.publication(of: receipt.transaction, within: .zero) == nil)
        }
    }

    @Test("a feed that stops gives up for all who wait")
    func stops() async throws {
        try await TestIndex.withPublisher { index, _ in
            let feed = PublicationFeed(database: index.warehouse.database, logger: index.warehouse.logger) {}
            let running = Task { await feed.run() }
            #expect(try await eventually { feed.isLive })
            let receipt = try await index.upload(.wheel(), by: index.account())
            async let version = feed.publication(of: receipt.transaction, within: .seconds(30))
            // Waiters cannot be seen from here; one that comes after the stop would wait for its limit.
            try await Task.sleep(for: .milliseconds(100))
            running.cancel()
            #expect(await version == nil)
            await running.value
        }
    }

    @Test("a lost connection stops what is kept in memory; what happened meanwhile is caught up with")
    func survivesLoss() async throws {
        try await Self.withFeed { index, publisher, feed, record in
            let receipt = try await index.upload(.wheel(), by: index.account())
            let waiting = Task { await feed.publication(of: receipt.transaction, within: .seconds(30)) }
            let changes = record.all.count
            let ended: Int = try await index.value(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'
                """)
            #expect(ended == 1)
            try await publisher.publish()
            #expect(await waiting.value == 1)
            #expect(try await eventually { feed.isLive && record.all.count >= changes + 2 })

            let next = try await index.upload(.wheel("demo", "2.0"), by: index.account())
            async let version = feed.publication(of: next.transaction, within: .seconds(30))
            try await publisher.publish()
            #expect(await version == 2)
        }
    }
}
