import ClientTestSupport
import TUF
import TUFClient
import Testing

@Suite("Target lookup (TUF §5.6.7)")
struct TargetLookupTests {
    struct Walk: Equatable {
        var visited: [RoleName] = []
        var found: RoleName?
    }

    /// Walks with a client that fetches whatever is needed.
    func walk(_ repository: TestRepository, to path: String, maxDelegations: Int = 32) throws -> Walk {
        var client = try repository.client(upTo: .snapshot)
        var lookup = TargetLookup(path: try TargetPath(path), maxDelegations: maxDelegations)
        var walk = Walk()
        while true {
            switch try lookup.next(in: client) {
            case .needs(let role, let delegator, let file):
                #expect(file == client.snapshot?.payload.meta[role])
                walk.visited.append(role)
                try client.updateDelegatedTargets(repository.targets(role), role: role, delegator: delegator)
            case .found(let file, let chain):
                #expect(file == (try TargetFile(describing: Array(path.utf8))))
                walk.found = chain.last
                return walk
            case .notFound:
                return walk
            }
        }
    }

    @Test("asks depth first, in the order of the delegations")
    func order() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        try repository.delegate("b", seed: 21, paths: ["*"], files: ["x"])
        try repository.delegate("a-a", from: "a", seed: 22, paths: ["*"])
        try repository.delegate("a-b", from: "a", seed: 23, paths: ["*"])
        #expect(
            try walk(repository, to: "x") == Walk(visited: [.targets, "a", "a-a", "a-b", "b"], found: "b"))
        #expect(try walk(repository, to: "y") == Walk(visited: [.targets, "a", "a-a", "a-b", "b"]))
    }

    @Test("takes the target of the first role that has it")
    func priority() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"], files: ["x"])
        try repository.delegate("b", seed: 21, paths: ["*"], files: ["x"])
        #expect(try walk(repository, to: "x").found == "a")
        repository.roles[.targets]?.files = ["x"]
        #expect(try walk(repository, to: "x") == Walk(visited: [.targets], found: .targets))
    }

    @Test("asks no role after a terminating one that covers the path, at any level")
    func terminating() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["p/*"])
        try repository.delegate("b", seed: 21, paths: ["*/*"], files: ["p/x", "q/x"])
        try repository.delegate("a-a", from: "a", seed: 22, paths: ["p/*"], terminating: true)
        try repository.delegate("a-b", from: "a", seed: 23, paths: ["p/*"], files: ["p/x"])
        #expect(try walk(repository, to: "p/x") == Walk(visited: [.targets, "a", "a-a"]))
        #expect(try walk(repository, to: "q/x") == Walk(visited: [.targets, "b"], found: "b"))
    }

    @Test("a role's target counts only where every role of the chain is trusted with its path")
    func chain() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["a/*"], files: ["b/x"])
        try repository.delegate("a-a", from: "a", seed: 21, paths: ["*/*"], files: ["b/x"])
        #expect(try walk(repository, to: "b/x") == Walk(visited: [.targets]))
        #expect(try walk(repository, to: "a/x") == Walk(visited: [.targets, "a", "a-a"]))
    }

    @Test("asks every role once, also in a circle")
    func circle() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        try repository.delegate("b", from: "a", seed: 21, paths: ["*"])
        try repository.delegate("a", from: "b", seed: 20, paths: ["*"])
        #expect(try walk(repository, to: "x") == Walk(visited: [.targets, "a", "b"]))
    }

    @Test("asks no more roles than allowed", arguments: [0, 1, 3])
    func limit(maxDelegations: Int) throws {
        var repository = TestRepository()
        for number in 1...5 {
            try repository.delegate(
                RoleName("r\(number)"), seed: UInt8(20 + number), paths: ["*"],
                files: number == 5 ? ["x"] : [])
        }
        let walk = try walk(repository, to: "x", maxDelegations: maxDelegations)
        #expect(walk.visited.count == maxDelegations + 1)
        #expect(walk.found == nil)
    }

    @Test("goes to the bin of the path, and to no other")
    func bins() throws {
        var repository = TestRepository()
        try repository.delegate("claimed", seed: 20, paths: ["*/*"])
        try repository.delegate("unclaimed", seed: 21, paths: ["*/*"])
        try repository.delegateBins(bits: 4, from: "unclaimed", seed: 22)
        let bins = try #require(repository.roles["unclaimed"]?.delegations?.succinct)
        let bin = bins.role(for: try TargetPath("p/f"))
        #expect(try walk(repository, to: "p/f") == Walk(visited: [.targets, "claimed", "unclaimed", bin]))
        repository.roles[bin]?.files = ["p/f"]
        #expect(try walk(repository, to: "p/f").found == bin)
    }

    @Test("says on whose word a target is what it is, from targets to the role that lists it")
    func vouching() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["p/*"])
        try repository.delegate("b", seed: 21, paths: ["*/*"])
        try repository.delegate("b-b", from: "b", seed: 22, paths: ["p/x"], files: ["p/x"])
        var client = try repository.client(upTo: .snapshot)
        var lookup = TargetLookup(path: try TargetPath("p/x"))
        var step = try lookup.next(in: client)
        while case .needs(let role, let delegator, _) = step {
            try client.updateDelegatedTargets(repository.targets(role), role: role, delegator: delegator)
            step = try lookup.next(in: client)
        }
        #expect(
            step == .found(try TargetFile(describing: Array("p/x".utf8)), chain: [.targets, "b", "b-b"]))
    }

    @Test("ends with an error at a role that snapshot does not list")
    func missing() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        repository.snapshotOmits = ["a"]
        #expect(throws: MetadataError.missingFromSnapshot("a")) { try walk(repository, to: "x") }
    }

    @Test("asks again for a role that only another delegator has vouched for")
    func otherDelegator() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["p/*"])
        try repository.delegate("c", from: "a", seed: 22, paths: ["*/*"], files: ["q/x"])
        try repository.delegate("b", seed: 21, paths: ["q/*"])
        try repository.delegate("c", from: "b", seed: 23, paths: ["*/*"], files: ["q/x"])
        repository.keys["c"] = [22]
        var client = try repository.client()
        try client.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
        try client.updateDelegatedTargets(repository.targets("b"), role: "b", delegator: .targets)
        try client.updateDelegatedTargets(repository.targets("c"), role: "c", delegator: "a")

        var lookup = TargetLookup(path: try TargetPath("q/x"))
        #expect(try lookup.next(in: client) == .needs(role: "c", delegator: "b", try MetaFile(version: 1)))
        #expect(
            client.refuses(.belowThreshold(role: "c", valid: 0, threshold: 1)) {
                try $0.updateDelegatedTargets(repository.targets("c"), role: "c", delegator: "b")
            })
    }
}
