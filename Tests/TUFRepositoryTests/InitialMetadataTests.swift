import Signing
import TUF
import TUFRepository
import TestSupport
import Testing

@Suite("The first offline metadata (PEP 458)")
struct InitialMetadataTests {
    @Test("targets delegates every <project>/<file> to claimed, recently-claimed, unclaimed, in this order")
    func delegations() throws {
        let ceremony = try TestCeremony(at: FollowedRepository.start)
        let targets = try Envelope<Targets>(parsing: ceremony.bytes(of: .targets)).payload
        let delegations = try #require(targets.delegations)
        let path = try TargetPath("demo/index.html")
        let covering = delegations.rolesCovering(path)
        #expect(covering.names == [.claimed, .recentlyClaimed, .unclaimed])
        #expect(!covering.terminating)
        #expect(targets.targets.isEmpty)
    }

    @Test("unclaimed delegates to as many bins as the plan says, and each path to one of them")
    func bins() throws {
        let ceremony = try TestCeremony(at: FollowedRepository.start)
        let unclaimed = try Envelope<Targets>(parsing: ceremony.bytes(of: .unclaimed)).payload
        let bins = try #require(unclaimed.delegations?.succinct)
        #expect(Set(bins.roleNames) == TestCeremony.bins)
        #expect(bins.keys.keyIDs == [ceremony.keyring[.bins].publicKey.id])
        let role = bins.role(for: try TargetPath("demo/index.html"))
        #expect(unclaimed.delegations?.rolesCovering(try TargetPath("demo/index.html")).names == [role])
    }

    @Test("root names consistent snapshots and one key for each online top-level role")
    func root() throws {
        let ceremony = try TestCeremony(at: FollowedRepository.start)
        let root = try Envelope<Root>(parsing: ceremony.root).payload
        #expect(root.version == 1)
        #expect(root.consistentSnapshot == true)
        #expect(root.roles[.timestamp]?.keyIDs == [ceremony.keyring[.timestamp].publicKey.id])
        #expect(root.roles[.snapshot]?.keyIDs == [ceremony.keyring[.snapshot].publicKey.id])
        #expect(root.expires == ExpiryPolicy().expiry(of: .root, signedAt: FollowedRepository.start))
    }

    @Test("an authority that nobody can fulfil is refused")
    func impossibleThreshold() throws {
        let key = try SecretKey().publicKey
        let one = InitialMetadataPlan.Authority(key)
        let none = InitialMetadataPlan.Authority(keys: [key], threshold: 0)
        let plan = InitialMetadataPlan(
            root: none, targets: one, claimed: one, unclaimed: one, timestamp: one, snapshot: one,
            recentlyClaimed: one, bins: one, binBitLength: 2, expiry: ExpiryPolicy())
        #expect(throws: MetadataError.thresholdNotPositive(0)) {
            try InitialMetadata(plan, now: FollowedRepository.start)
        }
    }
}
