import ArgumentParser
import Ceremony
import Signing
import TUF

struct CeremonyBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Put a bundle into one encrypted file.",
        discussion: """
            For media that are stored away: all of it, or what the index needs. Verifies the bundle first. The passphrase \
            is the backup's own; every key inside has its own besides.
            """)

    @Argument(help: "The bundle's directory.")
    var bundle: String
    @Option(help: ArgumentHelp("Where the backup goes: a new file.", valueName: "file"))
    var out: String
    @Flag(help: "Leave the holders' keys out.")
    var onlineOnly = false
    @OptionGroup var passphrase: PassphraseOptions

    func run() throws {
        try reportingRefusals {
            let holders = try CeremonyBackup.write(bundle, to: out, onlineOnly ? .onlineOnly : .everything) {
                () throws(SigningError) in try passphrase.source.new(for: "the backup")
            }
            print("backup  \(out)")
            print("holds   \(contents(holders))")
        }
    }
}

struct CeremonyRestore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Write the bundle of an encrypted backup to a new directory.",
        discussion: """
            Verifies all of it before it gets its name, as of the ceremony's day: metadata that has expired since is \
            restored, for its keys.
            """)

    @Argument(help: "The backup.")
    var backup: String
    @Option(
        help: ArgumentHelp("Where the bundle goes: a directory that does not exist yet.", valueName: "dir"))
    var out: String
    @OptionGroup var passphrase: PassphraseOptions

    func run() throws {
        try reportingRefusals {
            let (bundle, holders) = try CeremonyBackup.restore(backup, to: out) {
                () throws(SigningError) in try passphrase.source.existing(for: "the backup")
            }
            CeremonyReport(bundle).show()
            print("bundle  \(out), of \(bundle.manifest.created)")
            print("holds   \(contents(holders))")
            if bundle.root.payload.isExpired(at: .now) {
                print("Its root has expired: an index cannot begin with it, but the keys are good.")
            }
        }
    }
}

private func contents(_ holders: [HolderName]) -> String {
    let keys =
        holders.isEmpty ? "no holder's key" : "the keys of \(holders.map(\.text).joined(separator: ", "))"
    return "metadata, online keys, \(keys)"
}
