import CanonicalJSON
import Foundation
import Signing
import TUF
import TUFRepository
import Testing

@testable import Ceremony

@Suite("Draft of a ceremony on several machines")
struct CeremonyDraftTests {
    let machines: TestMachines
    let draft: CeremonyDraft

    init() throws {
        machines = try TestMachines()
        draft = try machines.prepare()
    }

    private func read(_ path: String, at now: MetadataTime = TestCeremony.now) throws -> CeremonyDraft {
        try CeremonyDraft(reading: path, plan: machines.plan, now: now)
    }

    private func altered(
        _ draft: CeremonyDraft, _ change: (inout JSONObject) throws -> Void
    ) throws -> String {
        var object = try #require(JSONValue(parsing: draft.encoded()).object)
        try change(&object)
        return try machines.carry(JSONValue.object(object).jsonBytes(), as: "altered")
    }

    private func expectRefusal(_ fault: DraftFault, of path: String, at now: MetadataTime = TestCeremony.now)
    {
        #expect(throws: CeremonyError.draft(path: path, fault: fault)) { try read(path, at: now) }
    }

    @Test("the operator keeps draft and online keys, and nothing else")
    func layout() {
        #expect(
            machines.files.contents == [
                "prepared", "prepared/draft.json", "prepared/online-keys", "prepared/online-keys/bins.key",
                "prepared/online-keys/recently-claimed.key", "prepared/online-keys/snapshot.key",
                "prepared/online-keys/timestamp.key",
            ])
    }

    @Test("what is signed follows from plan, keys and time: the file holds no metadata")
    func madeAgain() throws {
        let read = try read(machines.path("prepared/draft.json"))
        #expect(read.roles == draft.roles)
        #expect(read.fingerprint == draft.fingerprint)
        let text = String(decoding: draft.encoded(), as: UTF8.self)
        #expect(!text.contains("threshold") && !text.contains("\"signed\":{\"_type\""))
    }

    @Test("signatures neither change the fingerprint nor depend on the order of the holders")
    func order() throws {
        let one = try machines.sign(draft, "alice", "carol")
        let other = try machines.sign(draft, "carol", "alice")
        #expect(one.fingerprint == draft.fingerprint)
        #expect(one.encoded() != draft.encoded())
        #expect(one.standings.map(\.signed) == other.standings.map(\.signed))
    }

    @Test("a holder's key signs the roles that the plan gives them, and no other")
    func rolesOfAHolder() throws {
        let signed = try machines.sign(draft, "dave")
        #expect(Set(signed.signatures.keys) == [.claimed, .unclaimed])
        #expect(signed.waitsFor.map(\.text) == ["alice", "bob", "carol"])
    }

    @Test("a holder to whom the draft gives another key does not sign")
    func swappedKey() throws {
        let mallory = try SecretKey()
        var all = try machines.contributions()
        all[1] = try machines.contribution(of: "bob", with: mallory)
        let swapped = try PreparedCeremony(
            Contributions(all, to: machines.plan, at: TestCeremony.now), now: TestCeremony.now,
            cost: .development, onlinePassphrase: TestCeremony.onlinePassphrase
        ).draft
        let fault = DraftFault.otherKey(
            try HolderName("bob"), drafted: mallory.publicKey.id, yours: machines.keys["bob"]!.publicKey.id)
        #expect(throws: CeremonyError.draft(path: nil, fault: fault)) { try machines.sign(swapped, "bob") }
        #expect(swapped.fingerprint != draft.fingerprint)  // which is what the other holders see
    }

    @Test("nobody signs twice, or for somebody else")
    func twice() throws {
        let signed = try machines.sign(draft, "alice")
        let alice = try HolderName("alice")
        #expect(throws: CeremonyError.draft(path: nil, fault: .signedAlready(alice))) {
            try machines.sign(signed, "alice")
        }
        let fault = DraftFault.otherKey(
            try HolderName("bob"), drafted: machines.keys["bob"]!.publicKey.id,
            yours: machines.keys["alice"]!.publicKey.id)
        #expect(throws: CeremonyError.draft(path: nil, fault: fault)) {
            try draft.signed(by: HolderName("bob"), with: machines.keys["alice"]!, now: TestCeremony.now)
        }
        let mallory = try HolderName("mallory")
        #expect(throws: DraftFault.contribution(mallory, .notInPlan(mallory))) {
            try draft.require(machines.keys["alice"]!.publicKey, of: mallory)
        }
    }

    @Test("a signer that signs something else is found out")
    func faultySigner() throws {
        struct Faulty: Signer {
            let key: SecretKey
            var publicKey: PublicKey { key.publicKey }
            func sign(_ message: [UInt8]) throws(SigningError) -> Signature { try key.sign(message + [0]) }
        }
        let key = machines.keys["dave"]!
        #expect {
            try draft.signed(by: HolderName("dave"), with: Faulty(key: key), now: TestCeremony.now)
        } throws: { error in
            guard case .draft(_, .badSignature(_, let id)) = error as? CeremonyError else { return false }
            return id == key.publicKey.id
        }
    }

    @Test("only the fingerprint that was agreed on is accepted, in either case of letters")
    func fingerprint() throws {
        try draft.require(fingerprint: draft.fingerprint.uppercased())
        #expect(throws: DraftFault.otherFingerprint(found: draft.fingerprint)) {
            try draft.require(fingerprint: String(repeating: "0", count: 64))
        }
    }

    @Test("a draft of another plan than the holder's is refused")
    func otherPlan() throws {
        let lower = try CeremonyPlan(
            yaml: TestCeremony.plan.replacing("carol]", with: "carol], threshold: 1"))
        let path = machines.path("prepared/draft.json")
        let fault = DraftFault.otherPlan(drafted: machines.plan.digest, yours: lower.digest)
        #expect(throws: CeremonyError.draft(path: path, fault: fault)) {
            try CeremonyDraft(reading: path, plan: lower, now: TestCeremony.now)
        }
        // Nor does it help to write the holder's digest into it: the contributions are for the other plan, too.
        let forged = try altered(draft) { $0["plan"] = .string(lower.digest) }
        let alice = try HolderName("alice")
        let forgedFault = DraftFault.contribution(
            alice, .otherPlan(contributed: machines.plan.digest, yours: lower.digest))
        #expect(throws: CeremonyError.draft(path: forged, fault: forgedFault)) {
            try CeremonyDraft(reading: forged, plan: lower, now: TestCeremony.now)
        }
    }

    @Test("contributions that were taken out or doubled are found missing or double")
    func contributions() throws {
        expectRefusal(
            .missingContributions([try HolderName("dave")]),
            of: try altered(draft) {
                $0["contributions"] = .array(Array($0["contributions"]!.array!.dropLast()))
            })
        expectRefusal(
            .contributedTwice(try HolderName("alice")),
            of: try altered(draft) {
                let all = $0["contributions"]!.array!
                $0["contributions"] = .array(all + [all[0]])
            })
    }

    @Test("an altered contribution is refused inside of a draft, too")
    func alteredContribution() throws {
        let path = try altered(draft) {
            var all = $0["contributions"]!.array!
            var first = all[0].object!
            first["key"] = .object(try SecretKey().publicKey.json)
            all[0] = .object(first)
            $0["contributions"] = .array(all)
        }
        let alice = try HolderName("alice")
        expectRefusal(.contribution(alice, .notProven(alice)), of: path)
    }

    @Test("online keys are four, each its own, and no holder's")
    func onlineKeys() throws {
        func replaced(_ role: String, with key: JSONValue?) throws -> String {
            try altered(draft) {
                var online = $0["online"]!.object!
                online[role] = key
                $0["online"] = .object(online)
            }
        }
        let bins = try #require(draft.facts.onlineKeys[.bins])
        expectRefusal(.unusableOnlineKey(.timestamp), of: try replaced("timestamp", with: nil))
        expectRefusal(
            .sharedKey("timestamp", "bins"), of: try replaced("timestamp", with: .object(bins.json)))
        expectRefusal(
            .sharedKey("carol", "snapshot"),
            of: try replaced("snapshot", with: .object(machines.keys["carol"]!.publicKey.json)))
        expectRefusal(.malformed(field: "online"), of: try replaced("mirrors", with: .object(bins.json)))
        // A second ID for one key would let it count as two.
        let disguised = bins.json.merging(["comment": "another"])
        expectRefusal(.unusableOnlineKey(.bins), of: try replaced("bins", with: .object(disguised)))
    }

    @Test("a draft of another time is another draft: its signatures do not fit")
    func otherTime() throws {
        let signed = try machines.sign(draft, "bob")
        let key = machines.keys["bob"]!.publicKey.id
        #expect {
            try read(try altered(signed) { $0["created"] = "2026-01-01T00:00:01Z" })
        } throws: { error in
            guard case .draft(_, .badSignature(_, key)) = error as? CeremonyError else { return false }
            return true
        }
    }

    @Test("a draft is signed within thirty days")
    func stale() throws {
        let path = machines.path("prepared/draft.json")
        _ = try read(path, at: TestCeremony.now.advanced(bySeconds: 30 * 86_400))
        expectRefusal(
            .stale(.tooOld(made: TestCeremony.now)), of: path,
            at: TestCeremony.now.advanced(bySeconds: 30 * 86_400 + 1))
        expectRefusal(
            .stale(.fromTheFuture(made: TestCeremony.now)), of: path,
            at: TestCeremony.now.advanced(bySeconds: -86_401))
    }

    @Test(
        "a member that is missing, unusable or not known is refused by its name",
        arguments: ["contributions", "created", "online", "plan", "signatures", "signed"],
        [nil, 7, "../x"] as [JSONValue?])
    func malformed(field: String, value: JSONValue?) throws {
        expectRefusal(.malformed(field: field), of: try altered(draft) { $0[field] = value })
        expectRefusal(.malformed(field: "mirrors"), of: try altered(draft) { $0["mirrors"] = [] })
    }

    @Test("what is no draft, or one of another version, is refused")
    func other() throws {
        for text in ["", "{}", "{\"_type\":\"bonded-root-draft\",\"_version\":1}"] {
            expectRefusal(.notADraft, of: try machines.carry(Array(text.utf8), as: "other"))
        }
        expectRefusal(.unsupportedVersion, of: try altered(draft) { $0["_version"] = 2 })
    }

    enum Tampering: CaseIterable { case bytes, signer, role, doubled, oneTaken, timeTaken, timeAdded }

    @Test("signatures that were tampered with are refused", arguments: Tampering.allCases)
    func tampered(with tampering: Tampering) throws {
        let signed = try machines.sign(draft, "bob")
        let bob = machines.keys["bob"]!.publicKey.id
        let path = try altered(signed) { object in
            var signatures = object["signatures"]!.object!
            var root = signatures["root"]!.array!
            var first = root[0].object!
            var times = object["signed"]!.object!
            switch tampering {
            case .bytes: first["sig"] = .string(String(repeating: "0", count: 128))
            case .signer: first["keyid"] = .string(machines.keys["dave"]!.publicKey.id.hex)
            case .role: signatures["unclaimed"] = signatures["root"]
            case .doubled: root.append(root[0])
            case .oneTaken: root = []
            case .timeTaken: times["bob"] = nil
            case .timeAdded: times["alice"] = times["bob"]
            }
            if !root.isEmpty { root[0] = .object(first) }
            signatures["root"] = .array(root)
            object["signatures"] = .object(signatures)
            object["signed"] = .object(times)
        }
        let fault: DraftFault =
            switch tampering {
            case .bytes: .badSignature(.root, bob)
            case .signer: .badSignature(.root, machines.keys["dave"]!.publicKey.id)
            case .role: .badSignature(.unclaimed, bob)
            case .doubled: .malformed(field: "signatures")
            case .oneTaken, .timeTaken: .partlySigned(try HolderName("bob"))
            case .timeAdded: .partlySigned(try HolderName("alice"))
            }
        expectRefusal(fault, of: path)
    }

    @Test("the review names the holder's roles, every key, the plan and the fingerprint")
    func review() throws {
        let lines = try draft.review(for: HolderName("dave")).joined(separator: "\n")
        #expect(
            lines.contains("dave signs:\n  claimed version 1, good until 2027-01-01T00:00:00Z\n  unclaimed"))
        #expect(!lines.contains("  root version 1"))
        for key in machines.keys { #expect(lines.contains("\(key.value.publicKey.id)  \(key.key)")) }
        for key in draft.facts.onlineKeys.values { #expect(lines.contains("\(key.id)  online")) }
        #expect(lines.contains("root: 2 of 3, good for 365 days") && lines.contains("Bins: 16"))
        #expect(lines.contains(draft.fingerprint) && lines.contains(machines.plan.digest))
    }
}
