import ClientTestSupport
import Foundation
import Synchronization
import TUF
import TUFClient
import Testing

@Suite("An updater and many threads", .serialized, .ownThread)
struct UpdaterThreadTests {
    private static let now = PublishedRepository.now

    @Test("nothing is fetched twice, whoever looks up what at once")
    func once() throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        let updater = try index.refreshedUpdater()
        _ = index.takeRequests()
        let paths = ["a/x", "a/b/x", "a/c/x", "a/c/none"]
        let gate = Gate()
        index.server.hold("tuf/metadata/1.a.json", at: gate)
        let lookups = (0..<16).map { number in
            Background { try updater.find(TargetPath(paths[number % 4]))?.role }
        }
        gate.awaitArrival()
        gate.open()
        let roles = try lookups.map { try $0.get() }
        #expect(roles == (0..<16).map { ["a", "b", "c", nil][$0 % 4] })
        #expect(index.takeRequests().sorted() == ["1.a.json", "1.b.json", "1.c.json"])
    }

    @Test("threads that refresh at once fetch what is new once")
    func refreshes() throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        let updater = try index.updater()
        _ = try onThreads(8) { _ in try updater.refresh(now: Self.now) }
        let requests = index.takeRequests().filter { $0.hasPrefix("1.") }
        #expect(requests.sorted() == ["1.snapshot.json", "1.targets.json"])
    }

    @Test(
        "a lookup sees one snapshot, never one that was refreshed away before it began, and never fails for that"
    )
    func oneSnapshot() throws {
        let last = 24
        // Each snapshot has `a` signed by another key, and in it a file of another length: versions cannot be mixed.
        let publish = { (version: Int, repository: inout TestRepository) in
            repository.roles[.targets] = (version, [], nil)
            try repository.delegate(
                "a", seed: UInt8(100 + version), paths: ["a/*", "a/*/*"], files: ["a/x"])
            try repository.delegate("b", from: "a", seed: 21, paths: ["a/b/*"], files: ["a/b/x"])
            repository.roles["a"]?.version = version
            repository.roles["b"]?.version = version
            repository.contents["a/x"] = [UInt8](repeating: 1, count: version)
            repository.contents["a/b/x"] = [UInt8](repeating: 2, count: version)
        }
        var index = try PublishedRepository { try publish(1, &$0) }
        let updater = try index.refreshedUpdater()
        let refreshed = Mutex(1)
        let lookups = (0..<4).map { number in
            Background {
                let path = try TargetPath(number % 2 == 0 ? "a/x" : "a/b/x")
                var seen: [Int] = []
                while seen.last != last {
                    let earliest = refreshed.withLock { $0 }
                    let version = try updater.find(path)?.file.length ?? 0
                    guard version >= earliest else { return [version, earliest] }
                    if seen.last != version { seen.append(version) }
                }
                return seen
            }
        }
        for version in 2...last {
            try index.publishNext { repository in
                repository.roles["a"]?.delegations = nil
                try publish(version, &repository)
            }
            try updater.refresh(now: Self.now)
            refreshed.withLock { $0 = version }
        }
        for lookup in lookups {
            let seen = try lookup.get()
            #expect(seen == seen.sorted())
            #expect(seen.last == last)
        }
    }

    @Test("a lookup goes on while a refresh brings nothing new")
    func lookupDuringRefresh() throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        let updater = try index.refreshedUpdater()
        _ = index.takeRequests()
        let (timestamp, role) = (Gate(), Gate())
        index.server.hold("tuf/metadata/timestamp.json", at: timestamp)
        index.server.hold("tuf/metadata/1.b.json", at: role)
        let refresh = Background { try updater.refresh(now: Self.now) }
        timestamp.awaitArrival()
        let lookup = Background { try updater.find(TargetPath("a/b/x"))?.chain }
        role.awaitArrival()
        timestamp.open()
        try refresh.get()
        role.open()
        #expect(try lookup.get() == [.targets, "a", "b"])
        #expect(index.takeRequests().filter { $0.hasPrefix("1.") } == ["1.a.json", "1.b.json"])
    }

    @Test("a lookup that a new snapshot overtakes starts over, and finds what is new")
    func overtaken() throws {
        var index = try PublishedRepository { try $0.delegateThree() }
        let updater = try index.refreshedUpdater()
        let role = Gate()
        index.server.hold("tuf/metadata/1.b.json", at: role)
        let lookup = Background { try updater.find(TargetPath("a/b/x"))?.file.length }
        role.awaitArrival()
        try index.publishNext {
            $0.roles["b"]?.version = 2
            $0.contents["a/b/x"] = [1, 2, 3]
        }
        try updater.refresh(now: Self.now)
        role.open()
        #expect(try lookup.get() == 3)
    }

    @Test(
        "a delegator that has expired meanwhile is no longer relied on, also by a lookup that had passed it")
    func delegatorExpires() throws {
        let soon = Self.now.advanced(bySeconds: 60)
        let index = try PublishedRepository {
            try $0.delegateThree()
            $0.expiry["a"] = soon
        }
        let updater = try index.refreshedUpdater()
        let role = Gate()
        index.server.hold("tuf/metadata/1.b.json", at: role)
        let lookup = Background { try updater.find(TargetPath("a/b/x"))?.role }
        role.awaitArrival()
        try updater.refresh(now: soon)
        role.open()
        #expect(throws: MetadataError.expired(role: "a", at: soon)) { try lookup.get() }
    }
}

@Suite("Single flight", .serialized, .ownThread)
struct SingleFlightTests {
    private struct Boom: Error, Equatable {}

    @Test("threads take turns for one key, also after work that throws")
    func turns() throws {
        let flight = SingleFlight<String>()
        let inside = Mutex((now: 0, most: 0))
        let outcomes = try onThreads(8) { number in
            (0..<50).filter { turn in
                do {
                    try flight.alone("key") {
                        inside.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
                        sched_yield()
                        inside.withLock { $0.now -= 1 }
                        if (turn + number) % 2 == 0 { throw Boom() }
                    }
                    return true
                } catch { return false }
            }.count
        }
        #expect(outcomes == Array(repeating: 25, count: 8))
        #expect(inside.withLock { $0.most } == 1)
    }

    @Test("who works on another key does not wait")
    func otherKey() throws {
        let flight = SingleFlight<String>()
        let gate = Gate()
        let busy = Background { flight.alone("a") { gate.pass() } }
        gate.awaitArrival()
        #expect(flight.alone("b") { 1 } == 1)
        gate.open()
        try busy.get()
    }
}
