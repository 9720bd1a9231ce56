import ArgumentParser
import Ceremony
import Glibc
import Signing
import TUF
import TUFRepository

struct CeremonyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ceremony",
        abstract: "Begin an index: make its keys and sign its first metadata.",
        discussion: """
            On one machine: `seal ceremony --plan plan.yaml --out bundle`.

            On several, with files carried by hand. Each holder: `contribute` a public key. The operator: `prepare` the \
            online keys and a draft. Each holder: `sign` the draft. The operator: `assemble` the bundle. Everyone has \
            the same plan, byte for byte, and no private key leaves its machine.

            Either way `verify` the bundle and `backup` it before `bonded init` begins the index with it.
            """,
        groupedSubcommands: [
            CommandGroup(name: "One machine", subcommands: [Hold.self]),
            CommandGroup(
                name: "Several machines",
                subcommands: [
                    CeremonyContribute.self, CeremonyPrepare.self, CeremonySign.self, CeremonyAssemble.self,
                ]),
            CommandGroup(
                name: "Bundle", subcommands: [Verify.self, CeremonyBackupCommand.self, CeremonyRestore.self]),
        ], defaultSubcommand: Hold.self)

    struct Hold: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make every key, sign the first metadata.",
            discussion: """
                Run it on a machine that is off every network and stays so. It makes a key for each holder and each \
                online role, signs root, targets, claimed and unclaimed, verifies the result as a client would, and \
                writes it to a new directory, whole or not at all. Nothing is ever overwritten.

                Without a passphrase file or variable, each holder in turn is asked for a passphrase, twice, and then \
                the operator for the one of the online keys.
                """)

        @Option(
            help: ArgumentHelp(
                "The ceremony's plan (YAML); config/ceremony.yaml explains it.", valueName: "file"))
        var plan: String
        @Option(
            help: ArgumentHelp(
                "Where the bundle goes: a directory that does not exist yet.", valueName: "dir"))
        var out: String?
        @Flag(help: "Go through all of it, passphrases and verification included, and keep nothing.")
        var dryRun = false
        @OptionGroup var offline: OfflinePassphraseOptions
        @OptionGroup var online: OnlinePassphraseOptions

        func validate() throws {
            if dryRun == (out != nil) { throw ValidationError("Give either --out or --dry-run.") }
        }

        func run() throws {
            try reportingRefusals {
                let plan = try CeremonyPlan(reading: plan)
                let now = MetadataTime.now
                guard let out else {
                    try Ceremony.rehearse(
                        plan: plan, now: now, software: Seal.software, offlinePassphrase: offlinePassphrase,
                        onlinePassphrase: onlinePassphrase)
                    return print("The plan works: \(plan.holders.count) holders. Nothing was kept.")
                }
                let bundle = try Ceremony.hold(
                    plan: plan, now: now, directory: out, software: Seal.software,
                    offlinePassphrase: offlinePassphrase, onlinePassphrase: onlinePassphrase)
                CeremonyReport(bundle).show(.oneMachine)
            }
        }

        private func offlinePassphrase(_ holder: HolderName) throws(SigningError) -> Passphrase {
            try offline.source.new(for: "the key of \(holder)")
        }

        private func onlinePassphrase() throws(SigningError) -> Passphrase {
            try online.source.new(for: "the online keys")
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify a ceremony's bundle before it is used.",
            discussion: """
                Checks every signature, threshold, expiry and digest, that the metadata is what a ceremony makes, and \
                that the transcript records what the bundle holds. Opens no key and needs no passphrase. Compare the \
                fingerprint with the one on the signed transcript, or give it.
                """)

        @Argument(help: "The bundle's directory.")
        var bundle: String
        @Option(
            help: ArgumentHelp("Root's fingerprint, as the signed transcript has it.", valueName: "sha256"))
        var fingerprint: String?

        func run() throws {
            try reportingRefusals {
                let bundle = try CeremonyBundle(reading: bundle, now: .now)
                if let fingerprint, fingerprint.lowercased() != bundle.rootFingerprint {
                    throw CeremonyError.bundle(path: bundle.directory, fault: .wrongHash(file: "1.root.json"))
                }
                CeremonyReport(bundle).show()
                print(
                    "The bundle verifies\(bundle.hasTranscript ? ", and so does its transcript" : ", and has no transcript")."
                )
            }
        }
    }
}

extension MetadataTime {
    /// The clock of this machine; read once in each command.
    static var now: MetadataTime { MetadataTime(secondsSinceEpoch: time(nil)) }
}

struct OfflinePassphraseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file with the passphrase of all holders' keys.", valueName: "file"))
    var passphraseFile: String?

    @Option(
        help: ArgumentHelp(
            "An environment variable with the passphrase of all holders' keys.", valueName: "name"))
    var passphraseEnv: String?

    var source: PassphraseSource { PassphraseSource(file: passphraseFile, variable: passphraseEnv) }

    func validate() throws {
        if passphraseFile != nil && passphraseEnv != nil {
            throw ValidationError("Give either --passphrase-file or --passphrase-env.")
        }
    }
}

struct OnlinePassphraseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file with the passphrase of the online keys.", valueName: "file"))
    var onlinePassphraseFile: String?

    @Option(
        help: ArgumentHelp(
            "An environment variable with the passphrase of the online keys.", valueName: "name"))
    var onlinePassphraseEnv: String?

    var source: PassphraseSource {
        PassphraseSource(file: onlinePassphraseFile, variable: onlinePassphraseEnv)
    }

    func validate() throws {
        if onlinePassphraseFile != nil && onlinePassphraseEnv != nil {
            throw ValidationError("Give either --online-passphrase-file or --online-passphrase-env.")
        }
    }
}

extension PassphraseSource {
    init(file: String?, variable: String?) {
        self =
            if let file { .file(path: file) } else if let variable { .environment(variable: variable) } else {
                .terminal
            }
    }
}
