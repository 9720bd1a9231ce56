import Foundation
import Signing
import TUF
import TUFRepository
import Testing

@testable import Ceremony

@Suite("Assembling a ceremony of several machines")
struct AssemblyTests {
    let machines: TestMachines
    let draft: CeremonyDraft

    init() throws {
        machines = try TestMachines()
        draft = try machines.prepare()
    }

    private func expectRefusal(
        _ fault: DraftFault, path: String? = nil, of signed: String...,
        at now: MetadataTime = TestCeremony.now
    ) {
        #expect(throws: CeremonyError.draft(path: path, fault: fault)) {
            try PreparedCeremony(reading: machines.path("prepared"), plan: machines.plan, now: now).assemble(
                signed: signed, to: machines.files.directory, software: "test", now: now)
        }
        #expect(!machines.files.contents.contains { $0.hasPrefix("bundle") || $0.hasPrefix(".bundle") })
    }

    @Test(
        "copies that were signed apart, and one that went from hand to hand, make the same bundle's metadata")
    func copiesAndChain() throws {
        let alice = try machines.carry(machines.sign(draft, "alice"), as: "alice")
        let rest = try machines.carry(machines.sign(draft, "dave", "carol", "bob"), as: "rest")
        let bundle = try machines.assemble(rest, alice)

        #expect(bundle.root.signatures.count == 3)
        #expect(bundle.manifest.holders == machines.keys.mapValues { $0.publicKey.id })
        #expect(
            try CeremonyBundle(reading: bundle.directory, now: TestCeremony.now).manifest == bundle.manifest)
        #expect(!machines.files.contents.contains { $0.contains("offline-keys") })
        let keyring = try OnlineKeyring(
            directory: bundle.onlineKeysDirectory, passphrase: TestCeremony.onlinePassphrase())
        #expect(bundle.manifest.roles[.bins]?.keyIDs == [keyring[.bins].publicKey.id])
    }

    @Test("thresholds are enough; who did not sign is told")
    func thresholds() throws {
        let signed = try machines.carry(machines.sign(draft, "alice", "bob", "carol"), as: "signed")
        expectRefusal(
            .incomplete(
                progress: [
                    "1 of 1 of the keys of claimed have signed", "3 of 2 of the keys of root have signed",
                    "2 of 2 of the keys of targets have signed",
                    "1 of 2 of the keys of unclaimed have signed",
                ], waitsFor: [try HolderName("dave")]), of: signed)

        let dave = try machines.carry(machines.sign(draft, "dave"), as: "dave")
        let carol = try machines.carry(machines.sign(draft, "alice", "carol"), as: "carol")
        expectRefusal(
            .incomplete(
                progress: [
                    "1 of 1 of the keys of claimed have signed", "2 of 2 of the keys of root have signed",
                    "1 of 2 of the keys of targets have signed",
                    "2 of 2 of the keys of unclaimed have signed",
                ], waitsFor: [try HolderName("bob")]), of: dave, carol)
        try machines.assemble(dave, signed)
    }

    @Test("one holder's signatures count once, however many copies have them")
    func once() throws {
        let first = try machines.carry(machines.sign(draft, "alice", "dave"), as: "first")
        let second = try machines.carry(machines.sign(draft, "alice"), as: "second")
        #expect {
            try machines.assemble(first, second, first)
        } throws: { error in
            guard case .draft(nil, .incomplete(let progress, _)) = error as? CeremonyError else {
                return false
            }
            return progress.contains("1 of 2 of the keys of root have signed")
        }
    }

    @Test("signatures over another draft are refused")
    func otherDraft() throws {
        let other = try machines.prepare(to: "other")
        let path = try machines.carry(
            machines.sign(other, "alice", "bob", "carol", "dave"), as: "signed")
        expectRefusal(
            .otherDraft(expected: draft.fingerprint, found: other.fingerprint), path: path, of: path)
    }

    @Test("a draft that nobody has signed adds nothing")
    func unsigned() throws {
        #expect {
            try machines.assemble(machines.path("prepared/draft.json"))
        } throws: { error in
            guard case .draft(nil, .incomplete(_, let holders)) = error as? CeremonyError else {
                return false
            }
            return holders == machines.plan.holders
        }
    }

    @Test("an online key that was exchanged at the operator's is found", arguments: OnlineRole.allCases)
    func onlineKey(role: OnlineRole) throws {
        let file = try KeyFile(
            sealing: SecretKey(), label: "mallory", passphrase: TestCeremony.onlinePassphrase(),
            cost: .development)
        _ = try machines.carry(file.encoded(), as: "prepared/online-keys/\(role.fileName)")
        let path = try machines.carry(machines.sign(draft, "alice", "bob", "carol", "dave"), as: "signed")
        expectRefusal(.otherOnlineKey(role), path: machines.path("prepared"), of: path)
    }

    @Test("metadata that has expired before the end is not published")
    func expired() throws {
        let machines = try TestMachines(
            yaml: TestCeremony.plan.replacing("snapshot: 3", with: "snapshot: 3, claimed: 1"))
        let draft = try machines.prepare()
        let path = try machines.carry(machines.sign(draft, "alice", "bob", "carol", "dave"), as: "signed")
        let later = TestCeremony.now.advanced(bySeconds: 86_400)
        #expect {
            try machines.assemble(path, at: later)
        } throws: { error in
            guard case .draft(nil, .refused(let refusal)) = error as? CeremonyError else { return false }
            return refusal.check == .expired && refusal.role == "claimed"
        }
        try machines.assemble(path, at: later.advanced(bySeconds: -1))
    }

    @Test("a rehearsal verifies the bundle and writes nothing")
    func rehearsal() throws {
        let signed = try machines.carry(machines.sign(draft, "alice", "bob", "carol", "dave"), as: "signed")
        let before = machines.files.contents
        try PreparedCeremony(reading: machines.path("prepared"), plan: machines.plan, now: TestCeremony.now)
            .rehearse(signed: [signed], software: "test", now: TestCeremony.now)
        #expect(machines.files.contents == before)
    }

    @Test("neither a draft nor a bundle is ever overwritten")
    func overwriting() throws {
        #expect(throws: CeremonyError.directoryExists(path: machines.path("prepared"))) {
            try machines.prepare()
        }
        let signed = try machines.carry(machines.sign(draft, "alice", "bob", "carol", "dave"), as: "signed")
        try machines.assemble(signed)
        #expect(throws: CeremonyError.directoryExists(path: machines.files.directory)) {
            try machines.assemble(signed)
        }
    }
}
