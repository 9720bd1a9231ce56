import CanonicalJSON
import ClientTestSupport
import TUF
import TUFClient
import Testing

@Suite("Root update (TUF §5.3)")
struct RootUpdateTests {
    @Test("the first root must be signed by its own keys, and may be expired")
    func trustedRoot() throws {
        var repository = TestRepository()
        repository.expiry[.root] = TestRepository.past
        _ = try repository.client(upTo: .root)

        repository.signers[.root] = [1, 3]
        #expect(throws: MetadataError.belowThreshold(role: .root, valid: 1, threshold: 2)) {
            try repository.client(upTo: .root)
        }
        #expect(throws: MetadataError.malformedJSON(.unexpectedEnd(offset: 0))) {
            try TrustedMetadata(trustedRoot: [], now: TestRepository.now)
        }
    }

    @Test("the next root is taken when the keys of both roots have signed it")
    func accepts() throws {
        var repository = TestRepository()
        var client = try repository.client(upTo: .root)
        repository.rootVersion = 2
        repository.keys[.root] = [6, 7]
        repository.signers[.root] = [1, 2, 6, 7]
        repository.expiry[.root] = TestRepository.past  // intermediate roots may be expired
        try client.updateRoot(repository.root())
        #expect(client.root.payload.version == 2)

        repository.rootVersion = 3
        repository.signers[.root] = [6, 7]
        try client.updateRoot(repository.root())
        #expect(client.root.payload.version == 3)
    }

    @Test("refuses a root that the old keys have not signed")
    func oldKeys() throws {
        var repository = TestRepository()
        let client = try repository.client(upTo: .root)
        repository.rootVersion = 2
        repository.keys[.root] = [6, 7]
        repository.signers[.root] = [1, 6, 7]
        #expect(
            client.refuses(.belowThreshold(role: .root, valid: 1, threshold: 2)) {
                try $0.updateRoot(repository.root())
            })
    }

    @Test("refuses a root that its own keys have not signed")
    func newKeys() throws {
        var repository = TestRepository()
        let client = try repository.client(upTo: .root)
        repository.rootVersion = 2
        repository.keys[.root] = [6, 7, 8]
        repository.rootThreshold = 3
        repository.signers[.root] = [1, 2, 6, 7]
        #expect(
            client.refuses(.belowThreshold(role: .root, valid: 2, threshold: 3)) {
                try $0.updateRoot(repository.root())
            })
    }

    @Test("refuses any version but the next", arguments: [1, 2, 4, 5, .max])
    func version(offered: Int) throws {
        var repository = TestRepository()
        repository.rootVersion = 2
        let client = try repository.client(upTo: .root)
        repository.rootVersion = offered
        #expect(
            client.refuses(.unexpectedVersion(role: .root, expected: 3, found: offered)) {
                try $0.updateRoot(repository.root())
            })
    }

    @Test("the largest version has no successor")
    func largestVersion() throws {
        var repository = TestRepository()
        repository.rootVersion = .max
        let client = try repository.client(upTo: .root)
        #expect(
            client.refuses(.unexpectedVersion(role: .root, expected: .min, found: .max)) {
                try $0.updateRoot(repository.root())
            })
    }

    @Test("refuses another document, and a root after timestamp")
    func order() throws {
        var repository = TestRepository()
        let fresh = try repository.client(upTo: .root)
        #expect(fresh.refuses(.missingField("keys")) { try $0.updateRoot(repository.timestamp()) })
        let later = try repository.client(upTo: .timestamp)
        repository.rootVersion = 2
        #expect(later.refuses(.outOfOrder(.root)) { try $0.updateRoot(repository.root()) })
    }

    @Test("an expired last root is refused before a timestamp", arguments: [false, true])
    func expired(isTrustedLocal: Bool) throws {
        var repository = TestRepository()
        repository.expiry[.root] = TestRepository.now
        let client = try repository.client(upTo: .root)
        #expect(
            client.refuses(.expired(role: .root, at: TestRepository.now)) {
                try $0.updateTimestamp(repository.timestamp(), isTrustedLocal: isTrustedLocal)
            })
    }

    @Test(
        "gives up timestamp and snapshot when a key of either is replaced",
        arguments: [RoleName.timestamp, .snapshot])
    func rotation(role: RoleName) throws {
        var repository = TestRepository()
        repository.timestampVersion = 100
        repository.snapshotVersion = 100
        repository.roles[.targets] = (100, [], nil)
        var client = try repository.client().startingNextUpdate(now: TestRepository.now)
        repository.rootVersion = 2
        repository.keys[role] = [9]
        try client.updateRoot(repository.root())
        #expect(client.timestamp == nil && client.snapshot == nil && client.targets.isEmpty)

        // Recovery from a fast-forward attack: lower versions are taken.
        repository.timestampVersion = 2
        repository.snapshotVersion = 2
        repository.roles[.targets] = (2, [], nil)
        try client.updateTimestamp(repository.timestamp())
        try client.updateSnapshot(repository.snapshot())
        try client.updateTargets(repository.targets())
        #expect(client.targets[.targets]?.payload.version == 2)
    }

    @Test("keeps timestamp and snapshot when a key is added, or another role's is replaced")
    func noRotation() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        let before = try repository.client().startingNextUpdate(now: TestRepository.now)
        #expect(before.targets.count == 1)
        repository.rootVersion = 2
        repository.keys[.timestamp] = [3, 9]
        var client = before
        try client.updateRoot(repository.root())
        #expect(client.timestamp == before.timestamp && client.snapshot == before.snapshot)
        #expect(client.targets == before.targets)

        repository.rootVersion = 3
        repository.keys[.targets] = [10]
        try client.updateRoot(repository.root())
        #expect(client.snapshot == before.snapshot)
        #expect(client.targets.isEmpty, "what the old targets key vouched for is no longer trusted")
    }
}
