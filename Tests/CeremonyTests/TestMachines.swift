import Foundation
import Signing
import TUF

@testable import Ceremony

/// The holders of `TestCeremony.plan` with a key each, the operator, and a directory for what they carry.
struct TestMachines {
    let files: TestCeremony
    let plan: CeremonyPlan
    var keys: [String: SecretKey] = [:]

    init(yaml: String = TestCeremony.plan) throws {
        files = try TestCeremony()
        plan = try CeremonyPlan(yaml: yaml)
        for holder in plan.holders { keys[holder.text] = try SecretKey() }
    }

    func path(_ name: String) -> String { "\(files.parent)/\(name)" }

    func contribution(
        of holder: String, with signer: (any Signer)? = nil, to plan: CeremonyPlan? = nil,
        at now: MetadataTime = TestCeremony.now
    ) throws -> Contribution {
        try Contribution(
            by: HolderName(holder), to: plan ?? self.plan, with: signer ?? keys[holder]!, now: now)
    }

    func contributions() throws -> [Contribution] {
        try plan.holders.map { try contribution(of: $0.text) }
    }

    @discardableResult
    func prepare(at now: MetadataTime = TestCeremony.now, to name: String = "prepared") throws
        -> CeremonyDraft
    {
        let prepared = try PreparedCeremony(
            Contributions(contributions(), to: plan, at: now), now: now, cost: .development,
            onlinePassphrase: TestCeremony.onlinePassphrase)
        try prepared.write(to: path(name))
        return prepared.draft
    }

    func sign(_ draft: CeremonyDraft, _ holders: String...) throws -> CeremonyDraft {
        try holders.reduce(draft) { draft, holder in
            try draft.signed(by: HolderName(holder), with: keys[holder]!, now: TestCeremony.now)
        }
    }

    /// Puts a draft on the medium.
    func carry(_ draft: CeremonyDraft, as name: String) throws -> String {
        try carry(draft.encoded(), as: name)
    }

    func carry(_ bytes: [UInt8], as name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    @discardableResult
    func assemble(
        _ signed: String..., at now: MetadataTime = TestCeremony.now
    ) throws -> CeremonyBundle {
        try PreparedCeremony(reading: path("prepared"), plan: plan, now: now).assemble(
            signed: signed, to: files.directory, software: "test", now: now)
    }
}
