import ArgumentParser
import Sealing
import Signing
import TUF
import TUFRepository

struct KeyRegister: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Register your public key with your account on an index.",
        discussion: """
            Sends the public key with a signature that proves that you hold the private one. The first key of an \
            account counts at once. Every later one is endorsed by a key that is registered: name that with \
            --endorsed-by, on the machine that has both, or ask an admin to confirm the new key.
            """)

    @Option(help: "What the key is called among people (default: the label of the key file).")
    var label: String?
    @Option(
        help: ArgumentHelp("A registered key of yours, which vouches for the new one.", valueName: "key"))
    var endorsedBy: String?
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            let connection = try options.connect()
            let account = try connection.account()
            let signer = try key.open()
            let endorser = try endorsedBy.map { try key.open(KeyReference($0)) }
            let label = try label ?? key.label()
            let statement = KeyRegistration.statement(
                account: account, label: label, publicKey: signer.publicKey)
            let registered = try connection.register(
                KeyRegistration(
                    publicKey: signer.publicKey, account: account, label: label,
                    proof: try signer.sign(statement), endorsement: try endorser?.sign(statement)))
            print("key \(registered.id.hex) of \(account) is \(registered.state)")
            if registered.state == "waiting" {
                print(
                    "It counts once a registered key endorses it (--endorsed-by) or an admin confirms it: read the key "
                        + "ID to one of them.")
            }
        }
    }
}

struct KeyRetire: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire",
        abstract: "Take a registered key of yours out of use, for good.",
        discussion: """
            For a key that is lost or stolen. It can endorse no other key and become no project's. Projects that name it \
            keep it until a maintainer runs `seal maintainers PROJECT --remove KEYID`: do that first for a stolen key.
            """)

    @Argument(help: "The key ID.")
    var keyID: String
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            guard let id = try? KeyID(keyID) else {
                throw ValidationError("'\(keyID)' is not a key ID: it has 64 hexadecimal digits.")
            }
            try options.connect().retire(id)
            print("key \(keyID) is retired")
        }
    }
}
