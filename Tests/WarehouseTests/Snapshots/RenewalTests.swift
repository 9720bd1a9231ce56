import Postgres
import TUF
import TestSupport
import Testing

@testable import Warehouse

@Suite("Renewal of signatures")
struct RenewalTests {
    private static let hour = 3600
    private static let day = 86_400

    @Test("the timestamp alone is signed anew in the second half of its day, not before")
    func timestamp() async throws {
        try await TestIndex.withPublisher { index, publisher in
            try await publisher.publish()
            publisher.advance(bySeconds: 12 * Self.hour)
            #expect(try await publisher.publish() == nil)
            publisher.advance(bySeconds: 1)
            let report = try #require(try await publisher.publish())
            #expect(report.roles == 1)
            #expect(report.timestampVersion == 2)
            #expect(report.snapshotVersion == 1)
            let expires: Int = try await index.value(
                """
                SELECT extract(epoch FROM expires_at)::bigint FROM metadata
                WHERE role = 'timestamp' AND superseded_at IS NULL
                """)
            #expect(expires == publisher.now.secondsSinceEpoch + Self.day)
            var client = try IndexClient(index, at: publisher.now)
            try await client.update(at: publisher.now)
        }
    }

    @Test("the snapshot is signed anew in the second half of its week, with no role besides the timestamp")
    func snapshot() async throws {
        try await TestIndex.withPublisher { index, publisher in
            try await publisher.publish()
            publisher.advance(bySeconds: 7 * Self.day / 2)
            #expect(try await publisher.publish()?.snapshotVersion == 1)
            publisher.advance(bySeconds: 1)
            let report = try #require(try await publisher.publish())
            #expect(report.snapshotVersion == 2)
            #expect(report.roles == 2)
            var client = try IndexClient(index, at: publisher.now)
            try await client.update(at: publisher.now)
        }
    }

    @Test("bins are signed anew a few at a time, and none ever expires")
    func bins() async throws {
        try await TestIndex.withPublisher(binBitLength: 6) { index, publisher in
            try await index.upload(.wheel(), by: index.account())
            try await publisher.publish()
            var renewals: [Int] = []
            for _ in 0..<60 {
                publisher.advance(bySeconds: Self.day)
                let before: Int = try await index.value(Self.newestBins)
                try await publisher.publish()
                renewals.append(try await index.value(Self.newestBins) - before)
                let expired: [String] = try await index.values(
                    """
                    SELECT role FROM metadata
                    WHERE superseded_at IS NULL AND expires_at <= to_timestamp(\(publisher.now.secondsSinceEpoch))
                    """)
                #expect(expired.isEmpty)
            }
            #expect(renewals.reduce(0, +) >= 2 * 64)
            #expect(renewals.max() ?? 0 <= 16)
            #expect(renewals.count { $0 > 0 } >= 20)

            var client = try IndexClient(index, at: publisher.now)
            try await client.update(at: publisher.now)
            #expect(try await client.find("demo/index.html") != nil)
        }
    }

    private static let newestBins: SQL =
        "SELECT sum(version)::bigint FROM metadata WHERE superseded_at IS NULL AND role LIKE 'bin-%'"

    @Test("after a rest in which everything online expired, one publication makes it good again")
    func longRest() async throws {
        try await TestIndex.withPublisher { index, publisher in
            try await index.upload(.wheel(), by: index.account())
            try await publisher.publish()
            var restarted = try await Publisher(
                index, at: publisher.now.advanced(bySeconds: 100 * Self.day))
            #expect(try await restarted.publish()?.roles == 7)
            var client = try IndexClient(index, at: restarted.now)
            try await client.update(at: restarted.now)
            #expect(try await client.find("demo/index.html") != nil)
        }
    }
}
