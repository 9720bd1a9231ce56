import TUF
import TUFRepository
import Testing

@Suite("Recovery plans (PEP 480, \"In the Event of a Key Compromise\")")
struct RecoveryPlanTests {
    private static let bins = TargetsDraft.bins
    private static let precaution: [RoleName] = [.timestamp, .snapshot, .targets, .recentlyClaimed, bins]

    @Test(
        "whichever online key was stolen, all of them and those of targets are replaced, and the index is restored",
        arguments: [RoleName.timestamp, .snapshot, .recentlyClaimed, Self.bins])
    func online(role: RoleName) throws {
        let plan = try RecoveryPlan(compromised: [role], projects: [])
        #expect(Set(plan.replaced) == Set(Self.precaution))
        #expect(plan.clearsRecentlyClaimed)
        #expect(plan.restored == [.indexSigned])
        #expect(plan.halts)
    }

    @Test(
        "targets or claimed alone are replaced, and nothing else happens",
        arguments: [RoleName.targets, .claimed, .unclaimed])
    func offline(role: RoleName) throws {
        let plan = try RecoveryPlan(compromised: [role], projects: [])
        #expect(plan.replaced == [role])
        #expect(plan.restored.isEmpty)
        #expect(!plan.clearsRecentlyClaimed && !plan.halts)
    }

    @Test(
        "claimed with timestamp or snapshot restores claimed projects, too",
        arguments: [RoleName.timestamp, .snapshot])
    func claimed(with role: RoleName) throws {
        let plan = try RecoveryPlan(compromised: [role, .claimed], projects: [])
        #expect(Set(plan.replaced) == Set(Self.precaution + [.claimed]))
        #expect(plan.restored == [.indexSigned, .claimed])
    }

    @Test("claimed with an online key that signs for no snapshot leaves claimed projects as they are")
    func claimedWithBins() throws {
        let plan = try RecoveryPlan(compromised: [.claimed, Self.bins], projects: [])
        #expect(plan.restored == [.indexSigned])
    }

    @Test("root takes targets with it")
    func root() throws {
        let plan = try RecoveryPlan(compromised: [.root], projects: [])
        #expect(plan.replaced == [.root, .targets])
    }

    @Test("a project's keys are its own matter")
    func project() throws {
        let plan = try RecoveryPlan(compromised: [], projects: ["flask"])
        #expect(plan.replaced.isEmpty && !plan.halts)
        #expect(plan.steps.contains { $0.hasPrefix("project flask") })
    }

    @Test("a role may be left that is replaced as a precaution only")
    func leaving() throws {
        let plan = try RecoveryPlan(compromised: [Self.bins], projects: [], leaving: [.targets])
        #expect(!plan.replaced.contains(.targets))
        #expect(throws: TransactionRefusal.self) {
            try RecoveryPlan(compromised: [.targets], projects: [], leaving: [.targets])
        }
    }

    @Test("nothing at all and roles that are none are refused")
    func refusals() throws {
        #expect(throws: TransactionRefusal.self) { try RecoveryPlan(compromised: [], projects: []) }
        #expect(throws: TransactionRefusal.self) { try RecoveryPlan(compromised: ["bin-00"], projects: []) }
    }

    @Test("what was decided reads back as it was")
    func decisions() throws {
        let (old, new) = (try KeyID(String(repeating: "a", count: 64)), try TestKey.ed25519())
        var added = KeyChanges()
        added.add[.targets] = [new]
        added.thresholds[.targets] = 1
        var stored = StoredPlan(
            plan: try RecoveryPlan(compromised: [.targets], projects: ["flask"], leaving: [.root]),
            removed: [.targets: [old]], added: added, knownGood: "ab")
        stored.atLeast = VersionFloors([.targets: 7])
        let read = try StoredPlan(parsing: stored.encoded)
        #expect(read.plan == stored.plan && read.added == added && read.removed == stored.removed)
        #expect(read.atLeast == stored.atLeast && read.knownGood == "ab")

        let named: [RoleName: RoleKeys] = [.targets: try RoleKeys(keyIDs: [old], threshold: 1)]
        let changes = try #require(read.changes(of: [.targets], named: named, made: [:]))
        #expect(changes.remove[.targets] == [old] && changes.add[.targets] == [new])
        let done: [RoleName: RoleKeys] = [.targets: try RoleKeys(keyIDs: [new.id], threshold: 1)]
        #expect(read.changes(of: [.targets], named: done, made: [:]) == nil)
        #expect(read.plan.lackingKeys(given: KeyChanges(), safe: [:], named: named) == [.targets])
        #expect(read.plan.lackingKeys(given: added, safe: [:], named: named).isEmpty)
    }
}

private enum TestKey {
    static func ed25519() throws -> PublicKey { try PublicKey.ed25519([UInt8](repeating: 7, count: 32)) }
}
