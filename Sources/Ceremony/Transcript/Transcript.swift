import Signing
import TUF

/// What a ceremony did and made, for people to print, compare and sign by hand.
///
/// First what was done when, which is told; then the record of what the bundle holds, which whoever reads the bundle
/// makes again and compares.
struct Transcript {
    let text: String

    /// How a ceremony was held.
    enum Setting {
        case oneMachine
        case severalMachines
    }

    /// - Parameters:
    ///   - draft: signed.
    ///   - files: the bundle's, without manifest and transcript.
    ///   - software: this program and its version.
    ///   - now: when the ceremony ended.
    init(
        of draft: CeremonyDraft, _ setting: Setting, manifest: BundleManifest, _ files: BundleFiles,
        by software: String, now: MetadataTime
    ) throws(BundleFault) {
        var lines = [
            "Transcript of a ceremony",
            "",
            "Software: \(software)",
            "Plan (sha256 of its file):",
            "  \(draft.plan.digest)",
            "Draft (what every holder signed):",
            "  \(draft.fingerprint)",
            "",
            "What was done (UTC):",
        ]
        for (time, what) in Self.history(of: draft, setting, now: now) { lines.append("  \(time)  \(what)") }
        if !draft.waitsFor.isEmpty {
            lines.append("Not signed, and not needed: \(draft.waitsFor.map(\.text).joined(separator: ", "))")
        }
        let handedOut = draft.plan.holders.compactMap { holder in
            files[BundleFiles.offlineKey(holder)].map {
                "  \(Digest.sha256Hex($0))  \(BundleFiles.offlineKey(holder))"
            }
        }
        if !handedOut.isEmpty { lines += ["", "To be handed to their holders (sha256):"] + handedOut }
        text = lines.joined(separator: "\n") + "\n\n" + (try Self.record(of: manifest, files))
    }

    private static func history(
        of draft: CeremonyDraft, _ setting: Setting, now: MetadataTime
    ) -> [(MetadataTime, String)] {
        var events: [(MetadataTime, String)] = []
        for contribution in draft.contributions.all {
            let what =
                switch setting {
                case .oneMachine: "the key of \(contribution.holder) is made on the ceremony's machine"
                case .severalMachines: "\(contribution.holder) contributes the key of their own machine"
                }
            events.append((contribution.made, what))
        }
        events.append((draft.created, "the online keys are made; the first metadata follows from all keys"))
        for holder in draft.plan.holders {
            guard let time = draft.signed[holder] else { continue }
            let roles = draft.plan.roles(of: holder).map(\.text).joined(separator: ", ")
            events.append((time, "\(holder) signs \(roles)"))
        }
        events.append((now, "the bundle is verified and written"))
        // Clocks of several machines may differ: what each did stays in its order where times are equal.
        return events.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
            .map(\.element)
    }

    /// What a bundle holds: a pure function of it.
    static func record(of manifest: BundleManifest, _ files: BundleFiles) throws(BundleFault) -> String {
        let paths =
            BundleFiles.metadataNames.map(BundleFiles.metadata)
            + OnlineRole.allCases.map(BundleFiles.onlineKey)
        var lines = ["Keys:"] + manifest.keyLines + ["", manifest.binLine, "", "Files (sha256):"]
        for path in paths {
            guard let bytes = files[path] else { throw .missingFile(path) }
            lines.append("  \(Digest.sha256Hex(bytes))  \(path)")
        }
        let fingerprint = manifest.metadata["1.root.json"] ?? ""
        lines += [
            "", "Root's fingerprint (sha256 of 1.root.json), as text and as QR code:", "  \(fingerprint)", "",
        ]
        guard let code = QRCode(fingerprint) else { throw .noQRCode }
        lines += code.lines
        lines += ["", "Seen and compared by (name, date, signature):"]
        for holder in manifest.holders.keys.sorted() {
            lines += ["", "  \(holder)  " + String(repeating: "_", count: 50)]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
