import TUF
import TUFClient
import TUFRepository
import TestSupport
import Testing

@Suite("The online repository (PEP 458, \"Producing Consistent Snapshots\")")
struct OnlineRepositoryTests {
    private static let file: [TargetPath: TargetFile] = [
        try! TargetPath("demo/index.html"): try! TargetFile(describing: Array("page".utf8))
    ]

    @Test("versions of what changes go up by one; what does not change keeps its version")
    func versionsGoUpByOne() throws {
        var followed = try FollowedRepository()
        let first = try followed.publishAllEmpty()
        #expect(first.allSatisfy { $0.version == 1 })

        let second = try followed.publish(["bin-1": Self.file])
        #expect(second.map(\.name) == ["bin-1", .snapshot, .timestamp])
        #expect(second.map(\.version) == [2, 2, 2])
        let third = try followed.publish(["bin-2": Self.file])
        #expect(third.map(\.version) == [2, 3, 3])
        #expect(
            followed.repository.versions == [
                .targets: 1, .claimed: 1, .unclaimed: 1, .recentlyClaimed: 1, "bin-0": 1, "bin-1": 2,
                "bin-2": 2,
                "bin-3": 1,
            ])
    }

    @Test("the snapshot lists every targets role, those signed offline as well, with nothing but versions")
    func snapshotListsEveryRole() throws {
        var followed = try FollowedRepository()
        let snapshot = try followed.publishAllEmpty().snapshot()
        let all = TestCeremony.bins.union([.targets, .claimed, .unclaimed, .recentlyClaimed])
        #expect(Set(snapshot.meta.keys) == all)
        #expect(snapshot.meta.values.allSatisfy { $0.version == 1 && $0.length == nil && $0.hashes == nil })
    }

    @Test("the timestamp carries version, length and sha256 of the snapshot beside it")
    func timestampDescribesSnapshot() throws {
        var followed = try FollowedRepository()
        _ = try followed.publishAllEmpty()
        let made = try followed.publish(["bin-1": Self.file])
        let snapshot = try #require(made.first { $0.name == .snapshot })
        let described = try made.timestamp().snapshot
        #expect(described.version == 2)
        #expect(described.length == snapshot.bytes.count)
        #expect(described.hashes == ["sha256": Digest.sha256Hex(snapshot.bytes)])
    }

    @Test("a role that was listed once is listed for ever (TUF §5.5.5)")
    func nothingListedIsRemoved() throws {
        var followed = try FollowedRepository()
        var listed: Set<RoleName> = []
        let publications: [[RoleName: [TargetPath: TargetFile]]] = [
            ["bin-0": [:]], ["bin-3": Self.file], [:], [.recentlyClaimed: [:]],
        ]
        for targets in publications {
            let names = Set(try followed.publish(targets).snapshot().meta.keys)
            #expect(names.isSuperset(of: listed))
            listed = names
        }
        #expect(listed.isSuperset(of: ["bin-0", "bin-3", .recentlyClaimed, .targets, .claimed, .unclaimed]))
    }

    @Test("a role lists exactly what it is given")
    func targetsAreListed() throws {
        var followed = try FollowedRepository()
        _ = try followed.publish(["bin-1": Self.file])
        #expect(followed.client.targets["bin-1"]?.payload.targets == Self.file)
        _ = try followed.publish(["bin-1": [:]])
        #expect(followed.client.targets["bin-1"]?.payload.targets == [:])
    }

    @Test("a new timestamp over the same snapshot changes its own version and expiry and nothing else")
    func timestampAlone() throws {
        var followed = try FollowedRepository()
        let before = try followed.publishAllEmpty().timestamp()
        let versions = followed.repository.versions
        let later = FollowedRepository.start.advanced(bySeconds: FollowedRepository.day / 2)

        let made = try followed.publishTimestamp(at: later)

        #expect(made.map(\.name) == [.timestamp])
        let after = try made.timestamp()
        #expect(after.version == 2)
        #expect(after.snapshot == before.snapshot)
        #expect(after.expires == later.advanced(bySeconds: FollowedRepository.day))
        #expect(followed.repository.snapshotVersion == 1)
        #expect(followed.repository.versions == versions)
    }

    @Test("a repository without a snapshot makes no timestamp")
    func timestampNeedsSnapshot() throws {
        let followed = try FollowedRepository()
        #expect(throws: MetadataError.missingRole(.snapshot)) {
            try followed.repository.nextTimestamp(at: FollowedRepository.start, sign: followed.sign)
        }
    }

    @Test("making a publication changes nothing until its state is kept")
    func statesAreValues() throws {
        var followed = try FollowedRepository()
        _ = try followed.publishAllEmpty()
        let repository = followed.repository
        _ = try repository.next(
            targets: ["bin-0": OnlineContent(files: Self.file)], at: FollowedRepository.start,
            sign: followed.sign)
        let again = try repository.next(
            targets: ["bin-0": OnlineContent(files: Self.file)], at: FollowedRepository.start,
            sign: followed.sign)
        #expect(again.made.map(\.version) == [2, 2, 2])
    }

    @Test("a state loaded from what is stored goes on where the old one stopped")
    func continuesFromStored() throws {
        var followed = try FollowedRepository()
        let made = try followed.publishAllEmpty()
        let snapshot = try #require(made.first { $0.name == .snapshot })
        let loaded = try OnlineRepository(
            versions: followed.repository.versions, snapshot: (1, snapshot.bytes), timestampVersion: 1,
            lifetimes: followed.ceremony.lifetimes)
        let (timestamp, _) = try loaded.nextTimestamp(at: FollowedRepository.start, sign: followed.sign)
        #expect(try timestamp.timestamp().snapshot == made.timestamp().snapshot)
        #expect(try timestamp.timestamp().version == 2)
    }

    // MARK: Lives

    @Test(
        "bins made in one go live between half and all of a lifetime, not all as long; later ones all of it")
    func firstLivesAreSpread() throws {
        var followed = try FollowedRepository()
        let names = try (0..<256).map { try RoleName("bin-\($0)") }
        let whole = followed.ceremony.lifetimes.bins
        let (made, _) = try followed.repository.next(
            targets: Dictionary(uniqueKeysWithValues: names.map { ($0, OnlineContent()) }),
            at: FollowedRepository.start,
            sign: followed.sign)
        let lives = made.filter { names.contains($0.name) }.map(Self.life)
        #expect(lives.count == 256)
        #expect(lives.allSatisfy { (whole / 2...whole).contains($0) })
        #expect(Set(lives).count > 200)

        _ = try followed.publishAllEmpty()
        let renewed = try followed.publish(["bin-0": [:], "bin-1": [:], .recentlyClaimed: [:]])
        #expect(renewed.filter { TestCeremony.bins.contains($0.name) }.map(Self.life) == [whole, whole])
        let recentlyClaimed = try #require(renewed.first { $0.name == .recentlyClaimed })
        #expect(Self.life(of: recentlyClaimed) == followed.ceremony.lifetimes.recentlyClaimed)
    }

    @Test("recently-claimed lives all of its lifetime from the first")
    func recentlyClaimedIsNotCut() throws {
        var followed = try FollowedRepository()
        let made = try followed.publishAllEmpty()
        let role = try #require(made.first { $0.name == .recentlyClaimed })
        #expect(Self.life(of: role) == followed.ceremony.lifetimes.recentlyClaimed)
    }

    private static func life(of role: SignedRole) -> Int {
        role.expires.secondsSinceEpoch - FollowedRepository.start.secondsSinceEpoch
    }

    @Test("a role is due in the last third of its life and not before", arguments: [-1, 0, 1])
    func dueInLastThird(offset: Int) throws {
        let followed = try FollowedRepository()
        let third = followed.ceremony.lifetimes.bins / 3
        let expires = FollowedRepository.start.advanced(bySeconds: third + offset)
        let due = followed.repository.due(["bin-0": expires], at: FollowedRepository.start, limit: 10)
        #expect(due == (offset < 0 ? ["bin-0"] : []))
    }

    @Test("of the roles that are due the soonest to expire are named, up to the limit", arguments: 0...4)
    func soonestFirst(limit: Int) throws {
        let followed = try FollowedRepository()
        func expiry(inDays days: Int) -> MetadataTime {
            FollowedRepository.start.advanced(bySeconds: days * FollowedRepository.day)
        }
        let expiries: [RoleName: MetadataTime] = [
            "bin-0": expiry(inDays: 9), "bin-1": expiry(inDays: -1), "bin-2": expiry(inDays: 9),
            "bin-3": expiry(inDays: 29), .recentlyClaimed: expiry(inDays: 4),
        ]
        let due = followed.repository.due(expiries, at: FollowedRepository.start, limit: limit)
        let expected: [RoleName] = ["bin-1", .recentlyClaimed, "bin-0", "bin-2"]
        #expect(due == Array(expected.prefix(limit)))
    }
}
