import Ceremony
import Glibc

/// What a ceremony tells the people who held it.
struct CeremonyReport {
    private let bundle: CeremonyBundle

    init(_ bundle: CeremonyBundle) { self.bundle = bundle }

    /// How the ceremony was held, which decides what to do next.
    enum Setting {
        case oneMachine
        case severalMachines
    }

    /// Who signs what, and root's fingerprint; its QR code, too, where a person looks on.
    func show() {
        let manifest = bundle.manifest
        var lines = ["Keys:"] + manifest.keyLines
        lines += ["", manifest.binLine, "Root (sha256 of 1.root.json):", "  \(bundle.rootFingerprint)", ""]
        if isatty(STDOUT_FILENO) == 1, let code = QRCode(bundle.rootFingerprint) {
            lines += code.terminalLines + [""]
        }
        for line in lines { print(line) }
    }

    /// All of it, with what to do next.
    func show(_ setting: Setting) {
        print("The ceremony is held. Its bundle: \(bundle.directory)\n")
        show()
        var steps = [
            "Print \(bundle.directory)/transcript.txt. Everyone compares root's fingerprint and signs the paper by hand."
        ]
        switch setting {
        case .oneMachine:
            steps += [
                "Keep all of it, encrypted, on media that are stored apart: seal ceremony backup \(bundle.directory)",
                "Give each holder their file from \(bundle.directory)/offline-keys/, on two media, and remove that folder: "
                    + "these keys never touch the index.",
            ]
        case .severalMachines:
            steps.append(
                "Keep it, encrypted, on media that are stored apart: seal ceremony backup \(bundle.directory)"
            )
        }
        steps.append("On the index's machine, with the rest of the bundle: bonded init \(bundle.directory)")
        print("What to do next:")
        for (number, step) in zip(1..., steps) { print("  \(number). \(step)") }
    }
}
