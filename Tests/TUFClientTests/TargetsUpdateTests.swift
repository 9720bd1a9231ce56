import ClientTestSupport
import TUF
import TUFClient
import Testing

@Suite("Targets update (TUF §5.6)")
struct TargetsUpdateTests {
    static func delegating() throws -> TestRepository {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["a/*"], files: ["a/x"])
        try repository.delegate("b", from: "a", seed: 21, paths: ["a/*"])
        return repository
    }

    @Test("a role is trusted on the word of the role that delegates to it")
    func accepts() throws {
        let repository = try Self.delegating()
        var client = try repository.client()
        try client.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
        try client.updateDelegatedTargets(repository.targets("b"), role: "b", delegator: "a")

        #expect(client.targets.count == 3)
        #expect(client.trusts("b", delegatedBy: "a") && !client.trusts("b", delegatedBy: .targets))
    }

    @Test("refuses one before snapshot")
    func order() throws {
        let repository = TestRepository()
        #expect(
            try repository.client(upTo: .root).refuses(.outOfOrder(.snapshot)) {
                try $0.updateTargets(repository.targets())
            })
        #expect(
            try repository.client(upTo: .timestamp).refuses(.outOfOrder(.targets)) {
                try $0.updateTargets(repository.targets())
            })
    }

    @Test("refuses a role that snapshot does not list")
    func missing() throws {
        var repository = try Self.delegating()
        repository.snapshotOmits = ["a"]
        #expect(
            try repository.client().refuses(.missingFromSnapshot("a")) {
                try $0.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
            })
        repository.snapshotOmits = [.targets]
        #expect(
            try repository.client(upTo: .snapshot).refuses(.missingFromSnapshot(.targets)) {
                try $0.updateTargets(repository.targets())
            })
    }

    @Test("refuses other bytes than snapshot describes")
    func hashes() throws {
        var repository = TestRepository()
        let bytes = try repository.targets()
        repository.snapshotMeta = [.targets: try MetaFile(version: 1, describing: bytes)]
        let client = try repository.client(upTo: .snapshot)
        #expect(
            client.refuses(.wrongLength(expected: bytes.count, found: bytes.count - 1)) {
                try $0.updateTargets(Array(bytes.dropLast()))
            })
        repository.expiry[.targets] = TestRepository.now.advanced(bySeconds: 3_601)
        #expect(
            client.refuses(.wrongHash(algorithm: "sha256")) { try $0.updateTargets(repository.targets()) })
    }

    @Test("refuses one that too few of its keys have signed")
    func unsigned() throws {
        var repository = try Self.delegating()
        repository.signers["a"] = [5]
        let client = try repository.client()
        #expect(
            client.refuses(.belowThreshold(role: "a", valid: 0, threshold: 1)) {
                try $0.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
            })
        repository.signers[.targets] = [20]
        #expect(
            try repository.client(upTo: .snapshot).refuses(
                .belowThreshold(role: .targets, valid: 0, threshold: 1)
            ) {
                try $0.updateTargets(repository.targets())
            })
    }

    @Test("refuses another version than snapshot names", arguments: [1, 3])
    func version(offered: Int) throws {
        var repository = TestRepository()
        repository.roles[.targets] = (2, [], nil)
        let client = try repository.client(upTo: .snapshot)
        repository.roles[.targets] = (offered, [], nil)
        #expect(
            client.refuses(.unexpectedVersion(role: .targets, expected: 2, found: offered)) {
                try $0.updateTargets(repository.targets())
            })
    }

    @Test("refuses one that has expired")
    func expired() throws {
        var repository = try Self.delegating()
        repository.expiry["a"] = TestRepository.past
        #expect(
            try repository.client().refuses(.expired(role: "a", at: TestRepository.past)) {
                try $0.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
            })
    }

    @Test("refuses a delegator that is not trusted, or does not delegate to the role")
    func delegators() throws {
        let repository = try Self.delegating()
        let client = try repository.client()
        #expect(
            client.refuses(.delegatorNotTrusted("a")) {
                try $0.updateDelegatedTargets(repository.targets("b"), role: "b", delegator: "a")
            })
        #expect(
            client.refuses(.notDelegated("b", by: .targets)) {
                try $0.updateDelegatedTargets(repository.targets("b"), role: "b", delegator: .targets)
            })
        #expect(
            client.refuses(.notDelegated("a", by: .root)) {
                try $0.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .root)
            })
        #expect(
            client.refuses(.notDelegated(.targets, by: .targets)) {
                try $0.updateDelegatedTargets(repository.targets(), role: .targets, delegator: .targets)
            })
    }

    @Test("bins are trusted by the keys that are listed for all of them")
    func bins() throws {
        var repository = TestRepository()
        try repository.delegateBins(bits: 2, seed: 30)
        var client = try repository.client()
        try client.updateDelegatedTargets(repository.targets("bin-3"), role: "bin-3", delegator: .targets)
        #expect(client.trusts("bin-3", delegatedBy: .targets))

        repository.snapshotMeta = ["bin-4": try MetaFile(version: 1)]
        #expect(
            try repository.client().refuses(.notDelegated("bin-4", by: .targets)) {
                try $0.updateDelegatedTargets(repository.targets("bin-0"), role: "bin-4", delegator: .targets)
            })
    }

    @Test("when a delegator's bytes change, nobody is trusted on the word of the old ones")
    func replaced() throws {
        var repository = try Self.delegating()
        var client = try repository.client()
        try client.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
        try client.updateDelegatedTargets(repository.targets("b"), role: "b", delegator: "a")
        repository.roles["a"]?.files = ["a/y"]
        try client.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)

        #expect(client.targets["b"] == nil && client.targets["a"] != nil)
    }

    @Test("in a circle, no role can replace what it is itself trusted by")
    func circle() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        try repository.delegate("b", from: "a", seed: 21, paths: ["*"])
        try repository.delegate("a", from: "b", seed: 20, paths: ["*"])
        var client = try repository.client()
        try client.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
        try client.updateDelegatedTargets(repository.targets("b"), role: "b", delegator: "a")
        repository.roles["a"]?.files = ["y"]
        #expect(
            client.refuses(.delegatorNotTrusted("b")) {
                try $0.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: "b")
            })
    }
}

@Suite("A repository's check of what it is about to publish")
struct PublicationTests {
    @Test("only what changed has to be offered")
    func accepts() throws {
        var repository = TestRepository()
        try repository.delegate("unclaimed", seed: 20, paths: ["*/*"])
        try repository.delegateBins(bits: 3, from: "unclaimed", seed: 21)
        var client = try repository.client()
        try client.updateDelegatedTargets(
            repository.targets("unclaimed"), role: "unclaimed", delegator: .targets)

        for round in 2...4 {
            repository.timestampVersion = round
            repository.snapshotVersion = round
            repository.roles["bin-5"] = (round, ["p/f-\(round)"], nil)
            client = try client.accepting(
                Publication(
                    timestamp: repository.timestamp(), snapshot: repository.snapshot(),
                    targets: [
                        .init(name: "bin-5", delegator: "unclaimed", bytes: repository.targets("bin-5"))
                    ]),
                now: TestRepository.now.advanced(bySeconds: round))
            #expect(client.targets["bin-5"]?.payload.version == round)
            #expect(client.targets.count == 3, "targets, unclaimed, and the bin of this round")
        }
        repository.timestampVersion = 5
        client = try client.accepting(
            Publication(timestamp: repository.timestamp(), snapshot: nil), now: TestRepository.now)
        #expect(client.timestamp?.payload.version == 5 && client.isSnapshotCurrent)
    }

    @Test("a delegator that changed has to be offered before what it delegates to")
    func changedDelegator() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        let client = try repository.client()
        repository.timestampVersion = 2
        repository.snapshotVersion = 2
        repository.roles[.targets]?.version = 2
        let role = try Publication.Role(name: "a", delegator: .targets, bytes: repository.targets("a"))
        #expect(throws: MetadataError.delegatorNotTrusted(.targets)) {
            try client.accepting(
                Publication(
                    timestamp: repository.timestamp(), snapshot: repository.snapshot(), targets: [role]),
                now: TestRepository.now)
        }
        let targets = try Publication.Role(name: .targets, delegator: .root, bytes: repository.targets())
        let next = try client.accepting(
            Publication(
                timestamp: repository.timestamp(), snapshot: repository.snapshot(), targets: [targets, role]),
            now: TestRepository.now)
        #expect(next.targets.count == 2)
    }

    @Test("a delegator that has expired meanwhile has to be offered anew")
    func expiredDelegator() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        repository.expiry[.targets] = TestRepository.now.advanced(bySeconds: 5)
        let client = try repository.client()
        #expect(client.startingNextUpdate(now: TestRepository.now.advanced(bySeconds: 4)).targets.count == 1)
        #expect(client.startingNextUpdate(now: TestRepository.now.advanced(bySeconds: 5)).targets.isEmpty)
    }

    @Test("is refused where the timestamp is not new, or names a snapshot that is not offered")
    func stale() throws {
        var repository = TestRepository()
        let client = try repository.client()
        #expect(throws: MetadataError.rollback(role: .timestamp, trusted: 1, offered: 1)) {
            try client.accepting(
                Publication(timestamp: repository.timestamp(), snapshot: nil), now: TestRepository.now)
        }
        repository.timestampVersion = 2
        repository.snapshotVersion = 2
        #expect(throws: MetadataError.unexpectedVersion(role: .snapshot, expected: 2, found: 1)) {
            try client.accepting(
                Publication(timestamp: repository.timestamp(), snapshot: nil), now: TestRepository.now)
        }
    }

    @Test("may bring a new root")
    func root() throws {
        var repository = TestRepository()
        let client = try repository.client()
        repository.rootVersion = 2
        repository.timestampVersion = 2
        let next = try client.accepting(
            Publication(roots: [repository.root()], timestamp: repository.timestamp(), snapshot: nil),
            now: TestRepository.now)
        #expect(next.root.payload.version == 2)
    }
}
