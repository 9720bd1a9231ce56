import ArgumentParser
import Ceremony
import Glibc
import Signing
import TUF
import TUFRepository

struct CeremonyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ceremony",
        abstract: "Hold the first ceremony of an index: make every key, sign the first metadata.",
        discussion: """
            Run it on a machine that is off every network and stays so. It makes a key for each holder and each \
            online role, signs root, targets, claimed and unclaimed, verifies the result as a client would, and \
            writes it to a new directory, whole or not at all. Nothing is ever overwritten.

            Without a passphrase file or variable, each holder in turn is asked for a passphrase, twice, and then \
            the operator for the one of the online keys.
            """)

    @Option(
        help: ArgumentHelp("The ceremony's plan (YAML); config/ceremony.yaml explains it.", valueName: "file")
    )
    var plan: String

    @Option(
        help: ArgumentHelp("Where the bundle goes: a directory that does not exist yet.", valueName: "dir"))
    var out: String

    @OptionGroup var offline: OfflinePassphraseOptions
    @OptionGroup var online: OnlinePassphraseOptions

    func run() throws {
        try reportingRefusals {
            let plan = try CeremonyPlan(reading: plan)
            let now = MetadataTime(secondsSinceEpoch: time(nil))
            let bundle = try Ceremony.hold(
                plan: plan, now: now, directory: out,
                offlinePassphrase: { holder throws(SigningError) in
                    try offline.source.new(for: "the key of \(holder)")
                },
                onlinePassphrase: { () throws(SigningError) in
                    try online.source.new(for: "the online keys")
                })
            print(CeremonyReport(bundle).text, terminator: "")
        }
    }
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
