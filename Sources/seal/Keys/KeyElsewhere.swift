import ArgumentParser
import CanonicalJSON
import Signing
import TUF

struct KeyImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a key file of an Ed25519 key that another program has written.",
        discussion: """
            Reads PKCS#8 in PEM (OpenSSL) and the files of securesystemslib, encrypted ones too. The key file is new and \
            under a passphrase of its own; delete the original once you have tried the copy.
            """)

    @Argument(help: "The private key.")
    var file: String
    @Option(help: "What the key is called among people, such as the machine's name.")
    var label = "imported"
    @Option(help: ArgumentHelp("A file with the passphrase of the original.", valueName: "file"))
    var originalPassphraseFile: String?
    @OptionGroup var folder: KeyFolderOption
    @OptionGroup var passphrase: PassphraseOptions

    func run() throws {
        try reportingRefusals {
            let source = PassphraseSource(file: originalPassphraseFile, variable: nil)
            let key = try SecretKey(importing: file) { () throws(SigningError) in
                try source.existing(for: "the original, \(file)")
            }
            try folder.folder().keep(key, label: label, passphrase.source)
        }
    }
}

struct KeyDerive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "derive",
        abstract: "Show the public half of the key that a passphrase and an account's name make.",
        discussion: """
            For those who want no key file: the same passphrase makes the same key on every machine, and nothing is \
            kept. Sign with --key derived --account NAME. Nothing but the passphrase protects such a key: take six or \
            more words that dice or a program have chosen, and use it for nothing else. Takes some seconds and 1 GiB \
            of memory each time.
            """)

    @Option(help: "The account on the index.")
    var account: String
    @OptionGroup var passphrase: PassphraseOptions

    func run() throws {
        try reportingRefusals {
            let key = try SecretKey(
                derivedFrom: passphrase.source.new(for: "the derived key of \(account)"), account: account)
            print("key id  \(key.publicKey.id.hex)")
            print("key     \(String(decoding: key.publicKey.json.jsonBytes(), as: UTF8.self))")
        }
    }
}
