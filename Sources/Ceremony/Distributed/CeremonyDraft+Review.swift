import TUF
import TUFRepository

extension CeremonyDraft {
    /// What a holder signs, for people.
    ///
    /// - Throws: `.metadata`.
    package func review(for holder: HolderName) throws(DraftFault) -> [String] {
        let manifest: BundleManifest
        do { manifest = try facts.manifest(metadata: [:]) } catch { throw .metadata(error) }
        var lines = ["Keys, as every holder must see them:"] + manifest.keyLines
        lines += ["", manifest.binLine, "", "\(holder) signs:"]
        for role in plan.roles(of: holder) {
            guard let unsigned = roles[role] else { continue }
            lines.append("  \(role.text) version \(unsigned.version), good until \(unsigned.expires)")
        }
        return lines + [
            "", "Plan (sha256 of your file):", "  \(plan.digest)", "Fingerprint of the draft:",
            "  \(fingerprint)",
            "Read it aloud to the operator and the other holders before you say yes: the same one means the same keys.",
        ]
    }

    /// How far the signatures go, for people.
    package var progressLines: [String] {
        guard !waitsFor.isEmpty else { return progress }
        return progress + ["not signed yet: \(waitsFor.map(\.text).joined(separator: ", "))"]
    }
}
