import Ceremony
import TUF
import TUFRepository

/// What a ceremony tells the people who held it.
struct CeremonyReport {
    /// Who signs what, and root's fingerprint.
    let keys: String
    /// All of it, with what to do next.
    let text: String

    init(_ bundle: CeremonyBundle) {
        let manifest = bundle.manifest
        let holderNames = Dictionary(
            manifest.holders.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var lines = ["Keys:"]
        for role in ExpiryPolicy.Role.allCases {
            guard let keys = manifest.roles[role] else { continue }
            lines.append(
                "  \(role.rawValue): \(keys.threshold) of \(keys.keyIDs.count), "
                    + "good for \(manifest.expiry[role]) \(manifest.expiry[role] == 1 ? "day" : "days")")
            for id in keys.keyIDs {
                lines.append("    \(id.hex)  \(holderNames[id] ?? "online")")
            }
        }
        lines += [
            "",
            "Bins: \(1 << manifest.binBitLength)",
            "Root (sha256 of 1.root.json):",
            "  \(bundle.rootFingerprint)",
        ]
        keys = lines.joined(separator: "\n") + "\n"
        let next = [
            "",
            "What to do next:",
            "  1. Write the root's fingerprint into the minutes; each holder notes it, too.",
            "  2. Give each holder their file from \(bundle.directory)/offline-keys/, on two media, and remove",
            "     that folder: these keys never touch the index.",
            "  3. On the index's machine, with the rest of the bundle: bonded init <bundle>",
        ]
        text =
            "The ceremony is held. Its bundle: \(bundle.directory)\n\n" + keys + next.joined(separator: "\n")
            + "\n"
    }
}
