import ArgumentParser
import Sealing
import Signing
import TUF
import TUFRepository

struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Sign a draft of the index's own metadata: a file, offline, or the one that an index has out.",
        discussion: """
            Verifies the draft from the root that you trust: the published metadata, and for every claimed project \
            that moves or changes, that its own maintainers have signed for the keys it will have. Makes the new \
            metadata again and shows what it changes.

            With a file, writes it with your signatures to a new one, for the next holder or for \
            `bonded admin offline import`: needs no network. Without one, takes the draft from --index with an \
            administrator's token, and hands your signatures in.
            """)

    @Argument(help: ArgumentHelp("The draft; without it the one that --index has out.", valueName: "file"))
    var draft: String?
    @Option(help: ArgumentHelp("Where a file goes with your signatures: a new file.", valueName: "file"))
    var out: String?
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @Flag(
        help: """
            Destroy the key's file once it has signed: nobody can steal a key that is no more (PEP 458). The role is \
            then signed again with another key, which the role above it names first.
            """)
    var discard = false
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func validate() throws {
        if (draft == nil) != (out == nil) {
            throw ValidationError(
                "A draft in a file goes to a new file: give both or neither, DRAFT and --out.")
        }
        if discard, draft == nil {
            throw ValidationError(
                "--discard needs a draft in a file: keep the signed one until it is published.")
        }
    }

    func run() throws {
        try reportingRefusals {
            let root = try options.trustedRoot()
            guard let draft, let out else {
                let connection = try options.connect()
                let draft = try connection.offlineDraft()
                let snapshot = try connection.signOffline(
                    try signatures(over: draft, trustedRoot: root))
                return print(
                    snapshot.map { "published as of snapshot \($0)" } ?? "handed in; nothing is published yet"
                )
            }
            let unsigned = try OfflineDrafts.parse(
                PrivateFile.bytes(of: draft, maxBytes: 256 << 20, forbidding: .nobody))
            let signed = unsigned.adding(try signatures(over: unsigned, trustedRoot: root))
            try PrivateFile.create(out, contents: signed.encoded())
            for line in signed.progress { print(line) }
            if discard { print("destroyed  \(try key.destroy())") }
        }
    }

    private func signatures(
        over draft: some OfflineDraft, trustedRoot root: [UInt8]
    ) throws -> [RoleName: [Signature]] {
        for line in try draft.review(trustedRoot: root) { print(line) }
        if !yes { try TerminalPrompt().confirm("Sign this?") }
        let signer = try key.open()
        let messages = draft.messages(for: signer.publicKey.id)
        guard !messages.isEmpty else {
            throw ValidationError("Key \(signer.publicKey.id.hex) is none of those that sign this draft.")
        }
        return try messages.mapValues { message throws(SigningError) in [try signer.sign(message)] }
    }
}
