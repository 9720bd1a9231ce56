import Foundation
import StrictYAML
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
        let message: String
        var testDescription: String { message }

        init(_ yaml: String, _ message: String) {
            self.yaml = yaml
            self.message = message
        }

        /// A plan whose root is this, on its first line.
        static func root(_ root: String, _ message: String) -> Refusal {
            Refusal(
                CeremonyPlanTests.roles.replacing("{holders: [alice, bob, carol]}", with: root), message)
        }

        /// A plan with a fifth line.
        static func with(_ line: String, _ message: String) -> Refusal {
            Refusal(CeremonyPlanTests.roles + line + "\n", message)
        }

        static func threshold(_ text: String, _ reason: String) -> Refusal {
            root("{holders: [a, b], threshold: \(text)}", "1: root.threshold: \(reason)")
        }

        static func holder(_ text: String, _ reason: String) -> Refusal {
            root("{holders: [alice, \(text)]}", "1: root.holders[1]: \(reason)")
        }

        static func bins(_ text: String, _ reason: String) -> Refusal {
            with("bins: \(text)", "5: bins: \(reason)")
        }

        static func expiry(_ text: String, _ message: String) -> Refusal {
            with("expires_after_days: {\(text)}", "5: expires_after_days.\(message)")
        }
    }

    static let mapping = "must be a mapping of keys to values"
    static let wholeNumber = "must be a whole number, in plain digits"
    static let holderName = "cannot name a holder: 1 to 64 of a-z 0-9 . _ -, the first a letter or digit"
    static let powerOfTwo = "is not a power of two from 2 to 16384"
    static let knownRoles = "recently-claimed, root, snapshot, targets, timestamp, unclaimed"

    static func impossibleThreshold(_ threshold: Int, _ holders: Int) -> String {
        "the threshold \(threshold) must be at least 1 and at most the number of holders, \(holders)"
    }

    @Test(
        "what cannot be is refused with its line, key and the reason",
        arguments: [
            Refusal("", " root.holders: is missing"),
            Refusal("[]", "1: \(mapping)"),
            Refusal("bins: 2", " root.holders: is missing"),
            Refusal(roles.replacing("unclaimed:", with: "Unclaimed:"), " unclaimed.holders: is missing"),
            .with(
                "colour: red",
                "5: colour: unknown key; known here: "
                    + "bins, claimed, expires_after_days, root, targets, unclaimed"),
            .root("{}", " root.holders: is missing"),
            .root("[alice]", "1: root: \(mapping)"),
            .root("{holders: alice}", "1: root.holders: must be a list of texts"),
            .root("{holders: }", "1: root.holders: must be a list of texts"),
            .root("{holders: []}", "1: root.holders: must name at least one holder"),
            .root("{holders: [a, b, a]}", "1: root.holders: names 'a' twice"),
            .root("{holders: [a]}", " root.threshold: \(impossibleThreshold(2, 1))"),
            .root(
                "{holders: [a], treshold: 1}", "1: root.treshold: unknown key; known here: holders, threshold"
            ),
            .holder("7", "must be a text"),
            .holder("yes", "must be a text"),
            .holder("[bob]", "must be a text"),
            .holder("../alice", "'../alice' \(holderName)"),
            .holder("Alice", "'Alice' \(holderName)"),
            .holder("''", "'' \(holderName)"),
            .holder(".hidden", "'.hidden' \(holderName)"),
            .threshold("3", impossibleThreshold(3, 2)),
            .threshold("0", impossibleThreshold(0, 2)),
            .threshold("-1", "'-1' \(wholeNumber)"),
            .threshold("two", "'two' \(wholeNumber)"),
            .bins("0", "0 \(powerOfTwo)"),
            .bins("1", "1 \(powerOfTwo)"),
            .bins("100", "100 \(powerOfTwo)"),
            .bins("32768", "32768 \(powerOfTwo)"),
            .bins("256.0", "'256.0' \(wholeNumber)"),
            .bins("'256'", "'256' \(wholeNumber)"),
            .bins("0x100", "'0x100' \(wholeNumber)"),
            .bins("0400", "'0400' \(wholeNumber)"),
            .bins("1_024", "'1_024' \(wholeNumber)"),
            .bins("99999999999999999999", "'99999999999999999999' \(wholeNumber)"),
            .bins("", "has no value"),
            .expiry("timestamp: 0", "timestamp: 0 days is outside 1 to 7"),
            .expiry("snapshot: 8", "snapshot: 8 days is outside 1 to 7"),
            .expiry("root: 3651", "root: 3651 days is outside 1 to 3650"),
            .expiry("mirrors: 1", "mirrors: unknown key; known here: bins, claimed, \(knownRoles)"),
            Refusal(String(repeating: "#", count: 65_537), " longer than 65536 bytes"),
        ])
    func refusals(refusal: Refusal) {
        let error = #expect(throws: YAMLError.self) {
            try CeremonyPlan(yaml: refusal.yaml, file: "my.yaml")
        }
        #expect(error?.description == "my.yaml:\(refusal.message)")
    }

    @Test(
        "what is no YAML, or says a thing twice, is refused",
        arguments: ["root: [", "\tbins: 2", roles + "bins: 2\nbins: 4\n", "a: &a [*a]"])
    func notYAML(yaml: String) {
        let error = #expect(throws: YAMLError.self) { try CeremonyPlan(yaml: yaml, file: "my.yaml") }
        #expect(error?.description.hasPrefix("my.yaml: not YAML: ") == true)
    }

    @Test("a file that is no UTF-8 text is refused")
    func notUTF8() throws {
        let file = FileManager.default.temporaryDirectory.path + "/plan-\(UUID().uuidString).yaml"
        try Data([0xFF]).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }

        #expect(
            throws: CeremonyError.plan(YAMLError(place: file, key: nil, reason: "not UTF-8 text"))
        ) {
            try CeremonyPlan(reading: file)
        }
    }
}
