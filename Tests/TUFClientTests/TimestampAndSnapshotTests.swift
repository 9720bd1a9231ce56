import CanonicalJSON
import ClientTestSupport
import TUF
import TUFClient
import Testing

@Suite("Timestamp update (TUF §5.4)")
struct TimestampUpdateTests {
    @Test("a newer one replaces the trusted one")
    func accepts() throws {
        var repository = TestRepository()
        var client = try repository.client(upTo: .timestamp)
        repository.timestampVersion = 2
        #expect(try client.updateTimestamp(repository.timestamp()) == .updated)
        #expect(client.timestamp?.payload.version == 2)
    }

    @Test("refuses one that the timestamp key has not signed")
    func unsigned() throws {
        var repository = TestRepository()
        let client = try repository.client(upTo: .root)
        repository.signers[.timestamp] = [4]
        #expect(
            client.refuses(.belowThreshold(role: .timestamp, valid: 0, threshold: 1)) {
                try $0.updateTimestamp(repository.timestamp())
            })
    }

    @Test("refuses a version below the trusted one", arguments: [1, 4])
    func rollback(offered: Int) throws {
        var repository = TestRepository()
        repository.timestampVersion = 5
        let client = try repository.client(upTo: .timestamp)
        repository.timestampVersion = offered
        #expect(
            client.refuses(.rollback(role: .timestamp, trusted: 5, offered: offered)) {
                try $0.updateTimestamp(repository.timestamp())
            })
    }

    @Test("keeps the trusted one when the version is the same, whatever it says")
    func equal() throws {
        var repository = TestRepository()
        let client = try repository.client(upTo: .timestamp)
        repository.snapshotVersion = 9
        var copy = client
        #expect(try copy.updateTimestamp(repository.timestamp()) == .unchanged)
        #expect(copy == client)
    }

    @Test("refuses to go back to an earlier snapshot")
    func snapshotRollback() throws {
        var repository = TestRepository()
        repository.snapshotVersion = 3
        let client = try repository.client(upTo: .timestamp)
        repository.timestampVersion = 2
        repository.snapshotVersion = 2
        #expect(
            client.refuses(.rollback(role: .snapshot, trusted: 3, offered: 2)) {
                try $0.updateTimestamp(repository.timestamp())
            })
    }

    @Test("refuses one that has expired, from the very second on", arguments: [0, -1])
    func expired(offset: Int) throws {
        var repository = TestRepository()
        let client = try repository.client(upTo: .root)
        let expiry = TestRepository.now.advanced(bySeconds: offset)
        repository.expiry[.timestamp] = expiry
        #expect(
            client.refuses(.expired(role: .timestamp, at: expiry)) {
                try $0.updateTimestamp(repository.timestamp())
            })
        repository.expiry[.timestamp] = TestRepository.now.advanced(bySeconds: 1)
        _ = try repository.client(upTo: .timestamp)
    }

    @Test("an expired local one guards against rollback, and no snapshot is taken under it")
    func expiredLocal() throws {
        var repository = TestRepository()
        repository.timestampVersion = 5
        repository.expiry[.timestamp] = TestRepository.past
        var client = try repository.client(upTo: .root)
        try client.updateTimestamp(repository.timestamp(), isTrustedLocal: true)
        #expect(
            client.refuses(.expired(role: .timestamp, at: TestRepository.past)) {
                try $0.updateSnapshot(repository.snapshot())
            })
        repository.expiry = [:]
        repository.timestampVersion = 4
        #expect(
            client.refuses(.rollback(role: .timestamp, trusted: 5, offered: 4)) {
                try $0.updateTimestamp(repository.timestamp())
            })
        repository.timestampVersion = 6
        try client.updateTimestamp(repository.timestamp())
        try client.updateSnapshot(repository.snapshot())
        #expect(client.isSnapshotCurrent)
    }

    @Test("refuses another document, and any after snapshot")
    func order() throws {
        var repository = TestRepository()
        let fresh = try repository.client(upTo: .root)
        #expect(
            fresh.refuses(.timestampMustListSnapshotOnly) { try $0.updateTimestamp(repository.snapshot()) })
        let later = try repository.client(upTo: .snapshot)
        repository.timestampVersion = 2
        #expect(later.refuses(.outOfOrder(.timestamp)) { try $0.updateTimestamp(repository.timestamp()) })
    }
}

@Suite("Snapshot update (TUF §5.5)")
struct SnapshotUpdateTests {
    @Test("refuses one before timestamp, and one after targets")
    func order() throws {
        let repository = TestRepository()
        let fresh = try repository.client(upTo: .root)
        #expect(fresh.refuses(.outOfOrder(.snapshot)) { try $0.updateSnapshot(repository.snapshot()) })
        let later = try repository.client()
        #expect(later.refuses(.outOfOrder(.snapshot)) { try $0.updateSnapshot(repository.snapshot()) })
    }

    @Test("refuses other bytes than timestamp describes")
    func hashes() throws {
        var repository = TestRepository()
        let client = try repository.client(upTo: .timestamp)
        let bytes = try repository.snapshot()
        #expect(
            client.refuses(.wrongLength(expected: bytes.count, found: bytes.count + 1)) {
                try $0.updateSnapshot(bytes + [0x20])
            })
        repository.expiry[.snapshot] = TestRepository.now.advanced(bySeconds: 3_601)
        #expect(
            client.refuses(.wrongHash(algorithm: "sha256")) { try $0.updateSnapshot(repository.snapshot()) })
        repository = TestRepository()
        repository.timestampMeta = try MetaFile(version: 1, hashes: ["md5": "00"])
        #expect(
            try repository.client(upTo: .timestamp).refuses(.unsupportedHashAlgorithm("md5")) {
                try $0.updateSnapshot(bytes)
            })
    }

    @Test("refuses one that the snapshot key has not signed")
    func unsigned() throws {
        var repository = TestRepository()
        repository.signers[.snapshot] = [3]
        let client = try repository.client(upTo: .timestamp)
        #expect(
            client.refuses(.belowThreshold(role: .snapshot, valid: 0, threshold: 1)) {
                try $0.updateSnapshot(repository.snapshot())
            })
    }

    @Test("refuses another version than timestamp names", arguments: [1, 3])
    func version(offered: Int) throws {
        var repository = TestRepository()
        repository.timestampMeta = try MetaFile(version: 2)
        let client = try repository.client(upTo: .timestamp)
        repository.snapshotVersion = offered
        #expect(
            client.refuses(.unexpectedVersion(role: .snapshot, expected: 2, found: offered)) {
                try $0.updateSnapshot(repository.snapshot())
            })
    }

    @Test("refuses one that has expired")
    func expired() throws {
        var repository = TestRepository()
        repository.expiry[.snapshot] = TestRepository.past
        let client = try repository.client(upTo: .timestamp)
        #expect(
            client.refuses(.expired(role: .snapshot, at: TestRepository.past)) {
                try $0.updateSnapshot(repository.snapshot())
            })
    }

    @Test("refuses one that goes back to an earlier version of a role, or drops a role")
    func rollback() throws {
        var repository = TestRepository()
        repository.snapshotMeta = ["a": try MetaFile(version: 5)]
        let client = try repository.client(upTo: .snapshot).startingNextUpdate(now: TestRepository.now)
        repository.timestampVersion = 2
        repository.snapshotVersion = 2

        repository.snapshotMeta = ["a": try MetaFile(version: 4)]
        var next = client
        try next.updateTimestamp(repository.timestamp())
        #expect(
            next.refuses(.rollback(role: "a", trusted: 5, offered: 4)) {
                try $0.updateSnapshot(repository.snapshot())
            })
        repository.snapshotMeta = [:]
        next = client
        try next.updateTimestamp(repository.timestamp())
        #expect(next.refuses(.removedFromSnapshot("a")) { try $0.updateSnapshot(repository.snapshot()) })
        repository.snapshotMeta = ["a": try MetaFile(version: 5), "b": try MetaFile(version: 1)]
        next = client
        try next.updateTimestamp(repository.timestamp())
        try next.updateSnapshot(repository.snapshot())
        #expect(next.snapshot?.payload.version == 2)
    }

    @Test("a local one that is no longer current guards against rollback, and no targets are taken under it")
    func trustedLocal() throws {
        var repository = TestRepository()
        repository.expiry[.snapshot] = TestRepository.past
        repository.snapshotMeta = ["a": try MetaFile(version: 5)]
        let local = try repository.snapshot()
        repository.expiry = [:]
        repository.snapshotVersion = 2
        repository.snapshotMeta = ["a": try MetaFile(version: 4)]
        var client = try repository.client(upTo: .timestamp)

        try client.updateSnapshot(local, isTrustedLocal: true)
        #expect(!client.isSnapshotCurrent)
        #expect(
            client.refuses(.unexpectedVersion(role: .snapshot, expected: 2, found: 1)) {
                try $0.updateTargets(repository.targets())
            })
        #expect(
            client.refuses(.rollback(role: "a", trusted: 5, offered: 4)) {
                try $0.updateSnapshot(repository.snapshot())
            })
    }

    @Test("a local one must still be signed by the snapshot key")
    func localUnsigned() throws {
        var repository = TestRepository()
        let client = try repository.client(upTo: .timestamp)
        repository.signers[.snapshot] = [9]
        #expect(
            client.refuses(.belowThreshold(role: .snapshot, valid: 0, threshold: 1)) {
                try $0.updateSnapshot(repository.snapshot(), isTrustedLocal: true)
            })
    }
}
