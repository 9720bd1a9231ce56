import Foundation
import Signing
import TUFRepository
import Testing

@testable import Ceremony

@Suite("Ceremony plan")
struct CeremonyPlanTests {
    static let roles = """
        root: {holders: [alice, bob, carol]}
        targets: {holders: [alice, bob], threshold: 1}
        claimed: {holders: [dave], threshold: 1}
        unclaimed: {holders: [alice, dave]}

        """

    @Test("a short plan takes the defaults")
    func defaults() throws {
        let plan = try CeremonyPlan(yaml: Self.roles)

        #expect(plan.root.names.map(\.text) == ["alice", "bob", "carol"])
        #expect(plan.root.threshold == 2)
        #expect(plan.targets.threshold == 1)
        #expect(plan.unclaimed.threshold == 2)
        #expect(plan.bins.count == 256)
        #expect(plan.bins.bitLength == 8)
        #expect(plan.expiry == ExpiryPolicy())
        #expect(plan.holders.map(\.text) == ["alice", "bob", "carol", "dave"])
    }

    @Test("a full plan says what it says")
    func full() throws {
        let plan = try CeremonyPlan(
            yaml: Self.roles
                + "bins: 16384\nexpires_after_days: {root: 30, timestamp: 2, recently-claimed: 3}\n")

        #expect(plan.bins.bitLength == 14)
        #expect(plan.expiry[.root] == 30)
        #expect(plan.expiry[.timestamp] == 2)
        #expect(plan.expiry[.recentlyClaimed] == 3)
        #expect(plan.expiry[.targets] == 365)
    }

    @Test("config/ceremony.yaml is a plan and states the defaults")
    func example() throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
        let plan = try CeremonyPlan(reading: repository.path + "/config/ceremony.yaml")

        #expect(plan.root.threshold == 2)
        #expect(plan.root.names.count == 3)
        #expect(plan.bins == .default)
        #expect(plan.expiry == ExpiryPolicy())
    }

    @Test("every power of two from 2 to 16384 is a number of bins", arguments: 1...14)
    func binCounts(bits: Int) throws {
        #expect(try CeremonyPlan(yaml: Self.roles + "bins: \(1 << bits)").bins.bitLength == bits)
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        let yaml: String
        let key: String
        let reason: PlanRefusal.Reason
        var testDescription: String { "\(yaml.prefix(40)) → \(key)" }

        init(_ yaml: String, _ key: String, _ reason: PlanRefusal.Reason) {
            self.yaml = yaml
            self.key = key
            self.reason = reason
        }

        /// A plan whose root is this, on one line.
        static func root(_ root: String, _ key: String, _ reason: PlanRefusal.Reason) -> Refusal {
            Refusal(
                CeremonyPlanTests.roles.replacing("{holders: [alice, bob, carol]}", with: root), key, reason)
        }

        /// A plan with one more line.
        static func with(_ line: String, _ key: String, _ reason: PlanRefusal.Reason) -> Refusal {
            Refusal(CeremonyPlanTests.roles + line + "\n", key, reason)
        }
    }

    static let keys = ["root", "targets", "claimed", "unclaimed", "bins", "expires_after_days"]
    static let wholeNumber = PlanRefusal.Reason.wrongType(expected: "a whole number")

    @Test(
        "what cannot be is refused with its key and the reason",
        arguments: [
            Refusal("", "", .wrongType(expected: "a mapping with the roles' names as keys")),
            Refusal(
                "[]", "", .wrongType(expected: "a mapping with the keys \(keys.joined(separator: ", "))")),
            Refusal("bins: 2", "root", .missing),
            Refusal(
                roles.replacing("unclaimed:", with: "Unclaimed:"), "Unclaimed", .unknownKey(allowed: keys)),
            .with("colour: red", "colour", .unknownKey(allowed: keys)),
            .root("{}", "root.holders", .missing),
            .root("[alice]", "root", .wrongType(expected: "a mapping with the keys holders, threshold")),
            .root("{holders: alice}", "root.holders", .wrongType(expected: "a list of names")),
            .root("{holders: []}", "root.holders", .wrongType(expected: "a list with at least one name")),
            .root("{holders: [alice, 7]}", "root.holders[1]", .wrongType(expected: "a name")),
            .root("{holders: [alice, yes]}", "root.holders[1]", .wrongType(expected: "a name")),
            .root("{holders: [[alice]]}", "root.holders[0]", .wrongType(expected: "a name")),
            .root("{holders: [../alice]}", "root.holders[0]", .invalidHolderName("../alice")),
            .root("{holders: [Alice]}", "root.holders[0]", .invalidHolderName("Alice")),
            .root("{holders: ['']}", "root.holders[0]", .invalidHolderName("")),
            .root("{holders: [.hidden]}", "root.holders[0]", .invalidHolderName(".hidden")),
            .root("{holders: [a, b, a]}", "root.holders", .holderTwice("a")),
            .root("{holders: [a]}", "root.threshold", .impossibleThreshold(2, holders: 1)),
            .root("{holders: [a, b], threshold: 3}", "root.threshold", .impossibleThreshold(3, holders: 2)),
            .root("{holders: [a, b], threshold: 0}", "root.threshold", .impossibleThreshold(0, holders: 2)),
            .root("{holders: [a, b], threshold: -1}", "root.threshold", wholeNumber),
            .root("{holders: [a, b], threshold: two}", "root.threshold", wholeNumber),
            .root(
                "{holders: [a, b], treshold: 2}", "root.treshold",
                .unknownKey(allowed: ["holders", "threshold"])),
            .with("bins: 0", "bins", .impossibleBinCount(0)),
            .with("bins: 1", "bins", .impossibleBinCount(1)),
            .with("bins: 100", "bins", .impossibleBinCount(100)),
            .with("bins: 32768", "bins", .impossibleBinCount(32768)),
            .with("bins: 256.0", "bins", wholeNumber),
            .with("bins: '256'", "bins", wholeNumber),
            .with("bins: 0x100", "bins", wholeNumber),
            .with("bins: 0400", "bins", wholeNumber),
            .with("bins: 1_024", "bins", wholeNumber),
            .with("bins: 99999999999999999999", "bins", wholeNumber),
            .with("bins:", "bins", wholeNumber),
            .with(
                "expires_after_days: {timestamp: 0}", "expires_after_days.timestamp",
                .impossibleExpiry(days: 0, allowed: 1...7)),
            .with(
                "expires_after_days: {snapshot: 8}", "expires_after_days.snapshot",
                .impossibleExpiry(days: 8, allowed: 1...7)),
            .with(
                "expires_after_days: {root: 3651}", "expires_after_days.root",
                .impossibleExpiry(days: 3651, allowed: 1...3650)),
            .with(
                "expires_after_days: {mirrors: 1}", "expires_after_days.mirrors",
                .unknownKey(allowed: ExpiryPolicy.Role.allCases.map(\.rawValue))),
            Refusal(String(repeating: "#", count: 65_537), "", .tooLong(maxBytes: 65_536)),
        ])
    func refusals(refusal: Refusal) {
        #expect(throws: PlanRefusal(file: "my.yaml", key: refusal.key, reason: refusal.reason)) {
            try CeremonyPlan(yaml: refusal.yaml, file: "my.yaml")
        }
    }

    @Test(
        "what is no YAML, or says a thing twice, is refused",
        arguments: ["root: [", "\tbins: 2", roles + "bins: 2\nbins: 4\n", "a: &a [*a]"])
    func notYAML(yaml: String) throws {
        let refusal = #expect(throws: PlanRefusal.self) { try CeremonyPlan(yaml: yaml, file: "my.yaml") }
        guard case .notYAML = refusal?.reason else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(refusal?.file == "my.yaml")
    }

    @Test("a refusal reads as file, key, reason")
    func text() {
        let refusal = PlanRefusal(file: "my.yaml", key: "bins", reason: .impossibleBinCount(100))
        #expect(refusal.description == "my.yaml: bins: 100 is not a power of two from 2 to 16384")
    }
}
