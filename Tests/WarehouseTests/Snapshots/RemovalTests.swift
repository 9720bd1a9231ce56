import Blobs
import Packaging
import Postgres
import TUF
import TestSupport
import Testing

@testable import Warehouse

@Suite("Removal and cleanup")
struct RemovalTests {
    @Test("a revoked file stays until a snapshot carries its removal; then it is on no page and no target")
    func revoke() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let warehouse = index.warehouse
            let alice = try await index.account()
            let (wheel, other) = (TestDistribution.wheel(), TestDistribution.wheel("demo", "2.0"))
            let blob = try Self.blob(wheel)
            try await index.upload(wheel, by: alice)
            try await index.upload(other, by: alice)
            try await publisher.publish()
            var client = try IndexClient(index)
            try await client.update()

            _ = try await warehouse.revoke(
                wheel.filename, of: ProjectName("demo"), reason: "it is broken", by: alice)
            #expect(try await warehouse.file(at: blob) != nil)
            #expect(try await Self.page(index).contains(wheel.filename))

            try await publisher.publish()
            #expect(try await warehouse.file(at: blob) == nil)
            #expect(
                try await warehouse.file(
                    of: "demo", filename: wheel.filename, sha256: Digest.sha256(wheel.bytes)) == nil)
            #expect(try await !Self.page(index).contains(wheel.filename))
            #expect(try await Self.page(index).contains(other.filename))
            try await client.update()
            #expect(try await client.find("demo/\(wheel.filename)") == nil)
            #expect(try await client.find("demo/\(other.filename)") != nil)
            let page = try #require(try await client.find("demo/index.html"))
            try page.verify(Array(try await Self.page(index).utf8))

            let remembered: [String] = try await index.values(
                "SELECT filename || ': ' || reason FROM removed_file")
            #expect(remembered == ["\(wheel.filename): it is broken"])
            let journal: String = try await index.value(
                "SELECT action FROM journal ORDER BY serial DESC LIMIT 1")
            #expect(journal == "remove file \(wheel.filename)")
        }
    }

    @Test("a file that is not public, not there or another project's cannot be revoked")
    func revokeUnknown() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let alice = try await index.account()
            let wheel = TestDistribution.wheel()
            try await index.upload(wheel, by: alice)
            let before = try await index.contents()
            for project in ["demo", "other"] {
                await #expect(
                    throws: WarehouseError.fileUnknown(project: project, filename: wheel.filename)
                ) {
                    try await index.warehouse.revoke(
                        wheel.filename, of: ProjectName(project), reason: "", by: alice)
                }
            }
            #expect(try await index.contents() == before)
        }
    }

    @Test("a file revoked twice is removed once")
    func revokeTwice() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let alice = try await index.account()
            let wheel = TestDistribution.wheel()
            try await index.upload(wheel, by: alice)
            try await publisher.publish()
            for _ in 0..<2 {
                _ = try await index.warehouse.revoke(
                    wheel.filename, of: ProjectName("demo"), reason: "", by: alice)
            }
            #expect(try await publisher.publish(batchLimit: 1)?.transactions == 1)
            #expect(try await publisher.publish(batchLimit: 1)?.transactions == 1)
            let removed: Int = try await index.value("SELECT count(*) FROM removed_file")
            #expect(removed == 1)
        }
    }

    // MARK: Cleanup

    @Test("what is superseded stays for its grace time and then goes; root and what is current never do")
    func superseded() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let alice = try await index.account()
            for version in ["1.0", "2.0", "3.0"] {
                try await index.upload(.wheel("demo", version), by: alice)
                try await publisher.publish()
            }
            // As after a change of root's keys.
            try await index.execute(
                """
                INSERT INTO metadata (role, version, bytes, expires_at, superseded_at)
                SELECT 'root', 2, bytes, expires_at, now() FROM metadata WHERE role = 'root'
                """)
            let all = try await index.contents()
            #expect(try await Self.cleanUp(index, grace: .seconds(3600)) == Cleanup.Result())
            #expect(try await index.contents() == all)

            let superseded: Int = try await index.value(
                "SELECT count(*) FROM metadata WHERE superseded_at IS NOT NULL AND role <> 'root'")
            let result = try await Self.cleanUp(index, grace: .zero)
            #expect(result.metadata == superseded)
            #expect(result.pages == 4)
            let left: [String] = try await index.values(
                """
                SELECT role || ' ' || version FROM metadata
                WHERE role IN ('root', 'timestamp', 'snapshot', 'claimed') ORDER BY role, version
                """)
            #expect(left == ["claimed 1", "root 1", "root 2", "snapshot 3", "timestamp 3"])
            var client = try IndexClient(index)
            try await client.update()
            let page = try #require(try await client.find("demo/index.html"))
            try page.verify(Array(try await Self.page(index).utf8))
        }
    }

    @Test("a removed file's bytes leave the disk after the grace time, a public file's never do")
    func retiredBlob() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let blobs = index.warehouse.blobs
            let alice = try await index.account()
            let (wheel, other) = (TestDistribution.wheel(), TestDistribution.wheel("demo", "2.0"))
            try await index.upload(wheel, by: alice)
            try await index.upload(other, by: alice)
            try await publisher.publish()
            _ = try await index.warehouse.revoke(
                wheel.filename, of: ProjectName("demo"), reason: "", by: alice)
            #expect(try await Self.cleanUp(index, grace: .zero).blobs == 0)
            try await publisher.publish()
            let (gone, kept) = (try Self.blob(wheel), try Self.blob(other))
            #expect(try await Self.cleanUp(index, grace: .seconds(3600)).blobs == 0)
            #expect(try blobs.open(gone) != nil)

            #expect(try await Self.cleanUp(index, grace: .zero).blobs == 1)
            #expect(try blobs.open(gone) == nil)
            #expect(try blobs.open(gone.metadataSidecar()) == nil)
            #expect(try blobs.open(kept) != nil)
            #expect(try blobs.open(kept.metadataSidecar()) != nil)
        }
    }

    @Test(
        "a stored file that was never recorded is swept once it is old; one that waits for a snapshot is not")
    func orphans() async throws {
        try await TestIndex.with(startingAt: Publisher.start) { index in
            let blobs = index.warehouse.blobs
            let (orphan, pending) = (TestDistribution.wheel("orphan"), TestDistribution.wheel("pending"))
            _ = try index.stored(orphan)
            try await index.upload(pending, by: index.account())
            for distribution in [orphan, pending] {
                let part = try #require(Hex.decode(Self.blob(distribution).blake2Hex)?.first)
                // An hour from now on whose turn is this part of the store.
                let hours = MetadataTime.now.secondsSinceEpoch / 3600
                let turn = (hours / 256 + 2) * 256 + Int(part)
                let time = MetadataTime(secondsSinceEpoch: turn * 3600)
                _ = try await Self.cleanUp(index, grace: .seconds(3600), at: time)
            }
            #expect(try blobs.open(Self.blob(orphan)) == nil)
            #expect(try blobs.open(Self.blob(orphan).metadataSidecar()) == nil)
            #expect(try blobs.open(Self.blob(pending)) != nil)
            #expect(try blobs.open(Self.blob(pending).metadataSidecar()) != nil)
        }
    }

    private static func cleanUp(
        _ index: TestIndex, grace: Duration, at now: MetadataTime = Publisher.start
    ) async throws -> Cleanup.Result {
        let blobs = index.warehouse.blobs
        return try await index.warehouse.database.transaction { connection in
            try Cleanup(connection: connection, blobs: blobs, grace: grace, now: now).run()
        }
    }

    private static func page(_ index: TestIndex) async throws -> String {
        let page = try #require(await index.warehouse.page(of: "demo", format: .html))
        return String(decoding: page.bytes, as: UTF8.self)
    }

    private static func blob(_ distribution: TestDistribution) throws -> BlobName {
        try BlobName(
            blake2Hex: ContentDigests(of: distribution.bytes).blake2Hex, filename: distribution.filename)
    }
}
