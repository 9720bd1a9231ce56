import Blobs
import Packaging
import Postgres
import Signing
import TUF
import TUFRepository
import TestSupport
import Testing

@testable import Warehouse

@Suite("Publications (PEP 458, \"Producing Consistent Snapshots\")")
struct PublicationTests {
    @Test("the first snapshot signs recently-claimed and every bin, and then there is nothing to do")
    func firstSnapshot() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let report = try #require(try await publisher.publish())
            #expect(report.snapshotVersion == 1)
            #expect(report.timestampVersion == 1)
            #expect(report.transactions == 0)
            let roles: [String] = try await index.values(
                "SELECT role || ' ' || version FROM metadata WHERE superseded_at IS NULL ORDER BY role COLLATE \"C\""
            )
            #expect(
                roles == [
                    "bin-0 1", "bin-1 1", "bin-2 1", "bin-3 1", "claimed 1", "recently-claimed 1", "root 1",
                    "snapshot 1", "targets 1", "timestamp 1", "unclaimed 1",
                ])
            var client = try IndexClient(index)
            try await client.update()
            #expect(try await client.find("demo/index.html") == nil)
            #expect(try await publisher.publish() == nil)
        }
    }

    @Test("an upload is invisible until its snapshot, and then all of it is there")
    func becomesPublic() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let warehouse = index.warehouse
            try await publisher.publish()
            let wheel = TestDistribution.wheel("Demo")
            let blob = try BlobName(
                blake2Hex: ContentDigests(of: wheel.bytes).blake2Hex, filename: wheel.filename)
            let sha256 = Digest.sha256(wheel.bytes)
            try await index.upload(wheel, by: index.account())

            #expect(try await warehouse.page(of: "demo", format: .html) == nil)
            #expect(try await warehouse.projects().isEmpty)
            #expect(try await warehouse.file(at: blob) == nil)
            #expect(
                try await warehouse.file(of: "demo", filename: wheel.filename, sha256: sha256) == nil)
            var client = try IndexClient(index)
            try await client.update()
            #expect(try await client.find("demo/\(wheel.filename)") == nil)

            let report = try #require(try await publisher.publish())
            #expect(report.snapshotVersion == 2)
            #expect(report.transactions == 1)

            #expect(try await warehouse.projects().map(\.serial) == [3])
            #expect(try await warehouse.file(at: blob)?.sha256 == sha256)
            #expect(
                try await warehouse.file(of: "demo", filename: wheel.filename, sha256: sha256)?.blob == blob)
            let publishedIn: [Int] = try await index.values("SELECT published_in FROM file")
            #expect(publishedIn == [2])
            let carriedBy: [Int] = try await index.values("SELECT snapshot_version FROM project_transaction")
            #expect(carriedBy == [2])
            let serials: [Int] = try await index.values("SELECT serial FROM journal ORDER BY id")
            #expect(serials == [1, 2, 3])
            try await client.update()
            let target = try #require(try await client.find("demo/\(wheel.filename)"))
            try target.verify(wheel.bytes)
        }
    }

    @Test(
        "a page's bytes are its target's, in both formats, and list the file", arguments: PageFormat.allCases)
    func pageIsTarget(format: PageFormat) async throws {
        try await TestIndex.withPublisher { index, publisher in
            let wheel = TestDistribution.wheel()
            try await index.upload(wheel, by: index.account())
            try await publisher.publish()
            let page = try #require(await index.warehouse.page(of: "demo", format: format))
            #expect(String(decoding: page.bytes, as: UTF8.self).contains(wheel.filename))
            #expect(page.serial == 3)

            var client = try IndexClient(index)
            try await client.update()
            let target = try #require(try await client.find("demo/\(format.targetName)"))
            try target.verify(page.bytes)
            #expect(target.hashes == ["sha256": Hex.encode(page.sha256)])
        }
    }

    @Test("one snapshot takes every pending transaction up to the limit, oldest first")
    func groupCommit() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let alice = try await index.account()
            try await publisher.publish()
            for name in ["aaa", "bbb", "ccc", "ddd", "eee"] {
                try await index.upload(.wheel(name), by: alice)
            }
            let first = try #require(try await publisher.publish(batchLimit: 3))
            #expect(first.transactions == 3)
            #expect(first.isFollowedByMore)
            #expect(try await index.warehouse.projects().map(\.name.normalized) == ["aaa", "bbb", "ccc"])
            let second = try #require(try await publisher.publish(batchLimit: 3))
            #expect(second.transactions == 2)
            #expect(!second.isFollowedByMore)
            #expect(try await index.warehouse.projects().count == 5)
            #expect(try await publisher.publish() == nil)

            let versions: [Int] = try await index.values(
                "SELECT snapshot_version FROM project_transaction ORDER BY id")
            #expect(versions == [2, 2, 2, 3, 3])
            let serials: [Int] = try await index.values("SELECT serial FROM journal ORDER BY id")
            #expect(serials == Array(1...15))
        }
    }

    @Test("several files of one project in one snapshot come on one page, with the last serial")
    func oneProjectTwice() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let alice = try await index.account()
            let files = [TestDistribution.wheel(), .sdist(), .wheel("demo", "2.0")]
            for file in files { try await index.upload(file, by: alice) }
            try await publisher.publish()
            let page = try #require(await index.warehouse.page(of: "demo", format: .json))
            let text = String(decoding: page.bytes, as: UTF8.self)
            #expect(files.allSatisfy { text.contains("\"\($0.filename)\"") })
            let last: Int = try await index.value("SELECT max(serial) FROM journal")
            #expect(page.serial == last)
            let current: Int = try await index.value("SELECT count(*) FROM page WHERE superseded_at IS NULL")
            #expect(current == 2)
        }
    }

    @Test("a client that followed every snapshot accepts the next; an older page is found by its hash")
    func clientFollows() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let alice = try await index.account()
            var client = try IndexClient(index)
            var pages: [TargetFile] = []
            for version in ["1.0", "2.0", "3.0"] {
                try await index.upload(.wheel("demo", version), by: alice)
                try await publisher.publish()
                try await client.update()
                pages.append(try #require(try await client.find("demo/index.json")))
            }
            #expect(Set(pages).count == 3)
            for page in pages {
                let sha256 = try #require(page.hashes["sha256"].flatMap { Hex.decode($0) })
                let stored = try #require(
                    await index.warehouse.page(of: "demo", format: .json, sha256: sha256))
                try page.verify(stored.bytes)
            }
        }
    }

    // MARK: What is never published

    @Test("offline metadata that does not verify lets nothing be published")
    func tamperedMetadata() async throws {
        try await TestIndex.with(startingAt: Publisher.start) { index in
            let stranger = try TestCeremony(at: Publisher.start)
            try await index.execute(
                "UPDATE metadata SET bytes = \(stranger.bytes(of: .claimed)) WHERE role = 'claimed'")
            try await index.upload(.wheel(), by: index.account())
            var publisher = try await Publisher(index)
            try await Self.expectRefusal(by: &publisher, index)
        }
    }

    @Test(
        "after offline metadata has expired it goes on: clients refuse all of it, and its renewal must not wait for itself"
    )
    func expiredRoot() async throws {
        try await TestIndex.withPublisher { index, publisher in
            try await publisher.publish()
            try await index.upload(.wheel(), by: index.account())
            publisher.advance(bySeconds: 366 * 86_400)
            let report = try #require(try await publisher.publish())
            #expect(report.transactions == 1)
            #expect(try await index.warehouse.page(of: "demo", format: .html) != nil)
        }
    }

    /// A publication must fail in the self check, change nothing, and fail again.
    private static func expectRefusal(by publisher: inout Publisher, _ index: TestIndex) async throws {
        let before = try await index.contents()
        for _ in 0..<2 {
            let error = await #expect(throws: WarehouseError.self) { try await publisher.publish() }
            guard case .selfCheckFailed = error else {
                Issue.record("refused for another reason: \(String(describing: error))")
                return
            }
            #expect(try await index.contents() == before)
        }
        #expect(try await index.warehouse.page(of: "demo", format: .html) == nil)
        #expect(try await index.warehouse.projects().isEmpty)
    }

    @Test("a process that published behind the leader's back costs it the lead, and nothing else")
    func leadershipLost() async throws {
        try await TestIndex.withPublisher { index, first in
            var second = try await Publisher(index)
            try await index.upload(.wheel(), by: index.account())
            try await first.publish()
            try await index.upload(.wheel("demo", "2.0"), by: index.account())
            let before = try await index.contents()

            await #expect(throws: WarehouseError.leadershipLost) { try await second.publish() }

            #expect(try await index.contents() == before)
            var third = try await Publisher(index)
            let report = try #require(try await third.publish())
            #expect(report.snapshotVersion == 2)
            #expect(report.transactions == 1)
        }
    }

    @Test("a keyring of another repository is refused by role and key")
    func wrongKeyring() async throws {
        try await TestIndex.with(startingAt: Publisher.start) { index in
            let stranger = try TestCeremony(at: Publisher.start).keyring
            let own = index.ceremony.keyring
            let wrongBins = OnlineKeyring(
                timestamp: own[.timestamp], snapshot: own[.snapshot], recentlyClaimed: own[.recentlyClaimed],
                bins: stranger[.bins])
            for (keyring, role) in [(stranger, "timestamp"), (wrongBins, "bins")] {
                let id = keyring[role == "bins" ? .bins : .timestamp].publicKey.id.hex
                await #expect(throws: WarehouseError.keyNotInRole(role: role, keyID: id)) {
                    try await index.warehouse.database.transaction {
                        _ = try Leader(loadedBy: $0, keyring: keyring, now: Publisher.start)
                    }
                }
            }
        }
    }

    @Test("a database without a ceremony has no leader; one with a ceremony takes no second")
    func founding() async throws {
        try await TestIndex.with(startingAt: Publisher.start) { index in
            let before = try await index.contents()
            await #expect(throws: WarehouseError.repositoryExists) {
                try await index.warehouse.found(index.ceremony.roles, lifetimes: index.ceremony.lifetimes)
            }
            #expect(try await index.contents() == before)
            #expect(try await index.warehouse.isFounded())

            try await index.execute("DELETE FROM repository")
            #expect(try await !index.warehouse.isFounded())
            await #expect(throws: WarehouseError.repositoryMissing) { try await Publisher(index) }
        }
    }
}
