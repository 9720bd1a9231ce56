import Packaging
import Postgres
import Signing
import TUF
import TUFRepository
import TestSupport
import Testing

@testable import Warehouse

@Suite("Signed drafts on their way into a snapshot")
struct SignedDraftTests {
    private let key: SecretKey
    private let rules = ClaimRules(metadataLifetime: .seconds(86_400))
    private let project: ProjectName

    init() throws {
        key = try SecretKey()
        project = try ProjectName("sealed")
    }

    /// A new project, claimed with its first wheel, signed and submitted.
    private func submit(to index: TestIndex, at now: MetadataTime) async throws -> StoredDraft {
        let alice = try await index.warehouse.localIdentity(account: "alice")
        let statement = KeyRegistration.statement(
            account: alice.account, label: "laptop", publicKey: key.publicKey)
        _ = try await index.warehouse.registerKey(
            KeyRegistration(
                publicKey: key.publicKey, account: alice.account, label: "laptop", proof: key.sign(statement),
                endorsement: nil), by: alice)
        let distribution = try index.stored(TestDistribution.wheel("sealed", "1.0"))
        var changes = ProjectChanges()
        changes.add = [distribution.facts]
        changes.authority = ProjectChanges.Authority(keyIDs: [key.publicKey.id], threshold: 1)
        let draft = try await index.warehouse.openDraft(
            changes, of: project, by: alice, rules: rules, now: now)
        return try await index.warehouse.complete(
            draft: draft.id, files: [distribution], signatures: [try key.sign(draft.draft.signedBytes)],
            by: alice, rules: rules, now: now)
    }

    @Test("a signed draft is public with the next snapshot, and clients find it")
    func published() async throws {
        try await TestIndex.with(startingAt: Publisher.start) { index in
            #expect(try await submit(to: index, at: Publisher.start).state == .submitted)
            var publisher = try await Publisher(index)
            _ = try await publisher.publish()
            var client = try IndexClient(index)
            try await client.update()
            #expect(try await client.find("sealed/sealed-1.0-py3-none-any.whl") != nil)
        }
    }

    @Test("one that expired while it waited is given up, and holds nothing up")
    func expired() async throws {
        try await TestIndex.with(startingAt: Publisher.start) { index in
            _ = try await submit(to: index, at: Publisher.start)
            let bob = try await index.warehouse.localIdentity(account: "bob")
            try await index.upload(TestDistribution.wheel("plain", "1.0"), by: bob)
            let later = Publisher.start.advanced(bySeconds: 2 * 86_400)
            var publisher = try await Publisher(index)
            publisher.now = later
            let report = try await publisher.publish()
            #expect(report?.transactions == 1)
            var client = try IndexClient(index, at: later)
            try await client.update(at: later)
            #expect(try await client.find("plain/plain-1.0-py3-none-any.whl") != nil)
            #expect(try await client.find("sealed/sealed-1.0-py3-none-any.whl") == nil)
            #expect(try await index.warehouse.standing(of: project) == nil, "no trace but its log entries")
            #expect(
                try await index.warehouse.logEntries(of: "sealed", limit: 9).map(\.kind).last
                    == "draft dropped")
            #expect(try await submit(to: index, at: later).state == .submitted, "and it can be sent again")
        }
    }
}
