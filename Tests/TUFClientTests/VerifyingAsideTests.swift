import ClientTestSupport
import TUF
import TUFClient
import Testing

@Suite("Targets verified first and taken later")
struct VerifyingAsideTests {
    @Test("does not take what was verified against another snapshot or another delegator")
    func otherBasis() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        var client = try repository.client()
        let verified = try client.verifying(repository.targets("a"), role: "a", delegator: .targets)

        var changed = repository
        changed.timestampVersion = 2
        changed.snapshotVersion = 2
        var other = client.startingNextUpdate(now: TestRepository.now)
        try other.updateTimestamp(changed.timestamp())
        try other.updateSnapshot(changed.snapshot())
        #expect(other.refuses(.outOfOrder("a")) { try $0.accept(verified) })

        changed = repository
        changed.roles[.targets]?.version = 2
        changed.timestampVersion = 2
        changed.snapshotVersion = 2
        var newer = client.startingNextUpdate(now: TestRepository.now)
        try newer.updateTimestamp(changed.timestamp())
        try newer.updateSnapshot(changed.snapshot())
        #expect(newer.refuses(.outOfOrder("a")) { try $0.accept(verified) })

        try client.accept(verified)
        #expect(client.trusts("a", delegatedBy: .targets))
    }

    @Test(
        "verifying takes nothing; another copy of the state may take what was verified, several in any order")
    func verifyingAside() throws {
        var repository = TestRepository()
        try repository.delegate("a", seed: 20, paths: ["*"])
        try repository.delegate("b", seed: 21, paths: ["*"])
        let client = try repository.client()
        let a = try client.verifying(repository.targets("a"), role: "a", delegator: .targets)
        let b = try client.verifying(repository.targets("b"), role: "b", delegator: .targets)
        #expect(client.targets.count == 1)
        var (one, other) = (client, client)
        try one.accept(a)
        try one.accept(b)
        try other.accept(b)
        try other.accept(a)
        #expect(one == other)
        #expect(Set(one.targets.keys) == [.targets, "a", "b"])

        repository.signers["a"] = [21]
        #expect(throws: MetadataError.belowThreshold(role: "a", valid: 0, threshold: 1)) {
            try client.verifying(repository.targets("a"), role: "a", delegator: .targets)
        }
    }

    @Test("does not take what was verified on the word of a delegator that is not trusted here")
    func delegatorElsewhere() throws {
        let repository = try TargetsUpdateTests.delegating()
        let client = try repository.client()
        var ahead = client
        try ahead.updateDelegatedTargets(repository.targets("a"), role: "a", delegator: .targets)
        let verified = try ahead.verifying(repository.targets("b"), role: "b", delegator: "a")
        #expect(client.refuses(.delegatorNotTrusted("a")) { try $0.accept(verified) })
        try ahead.accept(verified)
        #expect(ahead.trusts("b", delegatedBy: "a"))
    }
}
