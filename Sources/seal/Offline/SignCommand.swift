import ArgumentParser
import Signing
import TUF
import TUFRepository

struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sign a draft of `claimed` that the index has made, offline.",
        discussion: """
            Verifies the draft from the root that you trust: the published metadata, and for every project that moves \
            or changes, that its own maintainers have signed for the keys it will have. Makes the new metadata again, \
            shows what it changes, and writes the draft with your signatures to a new file for the next holder or \
            for `bonded admin claims import`.
            """)

    @Argument(help: ArgumentHelp("The draft.", valueName: "file"))
    var draft: String
    @Option(help: ArgumentHelp("Where it goes with your signatures: a new file.", valueName: "file"))
    var out: String
    @Option(help: ArgumentHelp("A root's metadata that you trust.", valueName: "file"))
    var root: String
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @OptionGroup var key: SigningKeyOptions

    func run() throws {
        try reportingRefusals {
            let draft = try OfflineDrafts.parse(
                PrivateFile.bytes(of: draft, maxBytes: 256 << 20, forbidding: .nobody))
            let root = try PrivateFile.bytes(of: root, maxBytes: 512_000, forbidding: .nobody)
            for line in try draft.review(trustedRoot: root) { print(line) }
            if !yes { try TerminalPrompt().confirm("Sign this?") }
            let signer = try key.open()
            let messages = draft.messages(for: signer.publicKey.id)
            guard !messages.isEmpty else {
                throw ValidationError("Key \(signer.publicKey.id.hex) is none of those that sign this draft.")
            }
            let signatures = try messages.mapValues { message throws(SigningError) in
                [try signer.sign(message)]
            }
            let signed = draft.adding(signatures)
            try PrivateFile.create(out, contents: signed.encoded())
            for line in signed.progress { print(line) }
        }
    }
}
