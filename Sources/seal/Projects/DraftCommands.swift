import ArgumentParser
import Packaging
import Sealing
import Signing
import TUFRepository

struct Pending: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the drafts that wait for signatures, of every project you maintain.")

    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            for waiting in try options.connect().drafts() {
                let missing =
                    waiting.missingFiles.isEmpty ? "" : ", \(waiting.missingFiles.count) files missing"
                print(
                    "\(waiting.draft.project.normalized)  draft \(waiting.id) by \(waiting.account), "
                        + "\(waiting.signedBy) of \(waiting.threshold) signed\(missing), until \(waiting.expiresAt)"
                )
            }
        }
    }
}

struct Cosign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the draft of a project that waits, and add your signature.",
        discussion: """
            Shows how the draft differs from what is published and verified: files, keys, threshold, expiry. Compare \
            the hashes of new files with those that whoever made them tells you.
            """)

    @Argument(help: "The project.")
    var project: ProjectName
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            var desk = try options.desk()
            let proposal = try desk.waiting(of: project)
            print(heading(proposal))
            if !yes { try TerminalPrompt().confirm("Sign this?") }
            try desk.sign(proposal, signer: try key.open())
        }
    }
}

struct Drop: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give up the draft of a project that waits, with the files that came for it.")

    @Argument(help: "The project.")
    var project: ProjectName
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            let connection = try options.connect()
            guard let waiting = try connection.drafts().first(where: { $0.draft.project == project })
            else {
                throw SealingError.nothingToSign("no draft of '\(project.normalized)' waits")
            }
            try connection.drop(draft: waiting.id)
            print("draft \(waiting.id) of \(project.normalized) is dropped")
        }
    }
}
