import CanonicalJSON
import Foundation
import Signing
import TUF
import Testing

@testable import Ceremony

@Suite("Contributions to a ceremony")
struct ContributionTests {
    let machines: TestMachines

    init() throws { machines = try TestMachines() }

    private func altered(
        _ contribution: Contribution, _ change: (inout JSONObject) throws -> Void
    ) throws -> String {
        var object = try #require(JSONValue(parsing: contribution.encoded()).object)
        try change(&object)
        return try machines.carry(JSONValue.object(object).jsonBytes(), as: "altered")
    }

    private func expectRefusal(_ fault: ContributionFault, of path: String) {
        #expect(throws: CeremonyError.contribution(path: path, fault: fault)) {
            try Contribution(reading: path, for: machines.plan, now: TestCeremony.now)
        }
    }

    @Test("what is carried is read as it was made")
    func roundTrip() throws {
        let made = try machines.contribution(of: "alice")
        let path = try machines.carry(made.encoded(), as: "alice")
        #expect(try Contribution(reading: path, for: machines.plan, now: TestCeremony.now) == made)
    }

    @Test("no member can be changed: the key has signed for all of them")
    func altered() throws {
        let made = try machines.contribution(of: "alice")
        let other = try SecretKey()
        expectRefusal(.notProven(try HolderName("bob")), of: try altered(made) { $0["holder"] = "bob" })
        expectRefusal(
            .notProven(try HolderName("alice")),
            of: try altered(made) { $0["key"] = .object(other.publicKey.json) })
        expectRefusal(
            .notProven(try HolderName("alice")), of: try altered(made) { $0["made"] = "2026-01-01T00:00:01Z" }
        )
    }

    @Test("a proof by another key than the contributed one is refused")
    func foreignProof() throws {
        let other = try machines.contribution(of: "bob")
        let proof = try #require(JSONValue(parsing: other.encoded()).object?["proof"])
        expectRefusal(
            .notProven(try HolderName("alice")),
            of: try altered(machines.contribution(of: "alice")) { $0["proof"] = proof })
    }

    @Test("a contribution to another plan is refused, even one that differs in a comment")
    func otherPlan() throws {
        let other = try CeremonyPlan(yaml: TestCeremony.plan + "# as agreed\n")
        let path = try machines.carry(machines.contribution(of: "alice", to: other).encoded(), as: "alice")
        expectRefusal(.otherPlan(contributed: other.digest, yours: machines.plan.digest), of: path)
    }

    @Test("whoever is not in the plan contributes nothing")
    func notInPlan() throws {
        let mallory = try HolderName("mallory")
        #expect(throws: CeremonyError.contribution(path: nil, fault: .notInPlan(mallory))) {
            try machines.contribution(of: "mallory", with: try SecretKey())
        }
    }

    @Test("a contribution is good for thirty days, and may be a day ahead", arguments: [-30, 0, 1])
    func fresh(days: Int) throws {
        let made = TestCeremony.now.advanced(bySeconds: days * 86_400)
        let path = try machines.carry(machines.contribution(of: "alice", at: made).encoded(), as: "alice")
        _ = try Contribution(reading: path, for: machines.plan, now: TestCeremony.now)
    }

    @Test("an older one, and one from the future, is refused", arguments: [-30 * 86_400 - 1, 86_401])
    func stale(seconds: Int) throws {
        let made = TestCeremony.now.advanced(bySeconds: seconds)
        let path = try machines.carry(machines.contribution(of: "alice", at: made).encoded(), as: "alice")
        expectRefusal(.stale(seconds < 0 ? .tooOld(made: made) : .fromTheFuture(made: made)), of: path)
    }

    @Test(
        "a member that is missing, unusable or not known is refused by its name",
        arguments: ["holder", "key", "made", "plan", "proof"], [nil, 7, "../x", [:]] as [JSONValue?])
    func malformed(field: String, value: JSONValue?) throws {
        let path = try altered(machines.contribution(of: "alice")) { $0[field] = value }
        expectRefusal(.malformed(field: field), of: path)
    }

    @Test("the name of an unknown member cannot steer a terminal")
    func unknownMember() throws {
        let path = try altered(machines.contribution(of: "alice")) { $0["\u{1B}[2Jx"] = 1 }
        expectRefusal(.malformed(field: "[2Jx"), of: path)
    }

    @Test("what is no contribution is refused", arguments: ["", "[]", "{}", "{\"_type\": \"root\"}"])
    func other(text: String) throws {
        expectRefusal(.notAContribution, of: try machines.carry(Array(text.utf8), as: "other"))
    }

    @Test("another version is refused")
    func version() throws {
        expectRefusal(
            .unsupportedVersion, of: try altered(machines.contribution(of: "alice")) { $0["_version"] = 2 })
    }

    @Test("every holder contributes, and once")
    func complete() throws {
        let all = try machines.contributions()
        #expect(throws: DraftFault.missingContributions([try HolderName("alice"), try HolderName("dave")])) {
            try Contributions(Array(all[1...2]), to: machines.plan, at: TestCeremony.now)
        }
        let again = try machines.contribution(of: "bob", with: try SecretKey())
        #expect(throws: DraftFault.contributedTwice(try HolderName("bob"))) {
            try Contributions(all + [again], to: machines.plan, at: TestCeremony.now)
        }
    }

    @Test("one key does not stand for two holders")
    func sharedKey() throws {
        var all = try machines.contributions()
        all[2] = try machines.contribution(of: "carol", with: machines.keys["alice"])
        #expect(throws: DraftFault.sharedKey("alice", "carol")) {
            try Contributions(all, to: machines.plan, at: TestCeremony.now)
        }
    }
}
