import ArgumentParser
import Packaging
import Sealing
import Signing
import TUF
import TUFRepository

struct Claim: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Take a project into your own hands: from then on only its maintainers' keys can change it.",
        discussion: """
            Your key becomes a maintainer's key of the project, together with those of --with. Look at the files that \
            are shown: with your signature you vouch for what the index has kept until now. To claim a project that \
            does not exist yet, use `seal publish --claim`.
            """)

    @Argument(help: "The project.")
    var project: ProjectName
    @OptionGroup var authority: AuthorityOptions
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            var desk = try options.desk()
            guard try desk.published(project).maintainers == nil else {
                throw SealingError.nothingToSign(
                    "'\(project.normalized)' is claimed already; `seal maintainers \(project.normalized)` shows by whom"
                )
            }
            let signer = try key.open()
            var changes = ProjectChanges()
            changes.authority = authority.authority(with: signer)
            try desk.change(
                project, changes, signer: signer, confirming: yes ? nil : "Sign for all of this?")
        }
    }
}

struct Publish: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish wheels and source distributions under your signature.",
        discussion: """
            Reads the files, has the index draft the project's next version, checks on this machine that the draft \
            adds exactly these files, signs it, sends everything as one transaction, waits until it is public and \
            makes sure that clients find the files, byte for byte. All of it happens or nothing; run it again after \
            an interruption.
            """)

    @Argument(help: ArgumentHelp("The distributions, all of one project.", valueName: "file"))
    var files: [String]
    @Flag(help: "Claim the project with these files, where it is not claimed yet.")
    var claim = false
    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            let distributions = try files.map { path throws(SealingError) in
                try LocalDistribution(reading: path)
            }
            let project = try project(of: distributions)
            var desk = try options.desk()
            let isClaimed = try desk.published(project).maintainers != nil
            guard isClaimed || claim else { throw SealingError.notClaimed(project.normalized) }
            let signer = try key.open()
            var changes = ProjectChanges()
            changes.add = distributions.map(\.facts)
            if !isClaimed { changes.authority = authority.authority(with: signer) }
            try desk.change(
                project, changes, signer: signer, distributions: distributions)
        }
    }

    private func project(of distributions: [LocalDistribution]) throws -> ProjectName {
        let names = Set(distributions.compactMap { try? ProjectName($0.projectName) })
        guard let project = names.first, names.count == 1 else {
            throw SealingError.severalProjects(names.map(\.normalized).sorted())
        }
        return project
    }
}

/// Who signs for a project that is being claimed.
struct AuthorityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When claiming: the registered key of another maintainer, who reads you its key ID.",
            valueName: "key ID"))
    var with: [String] = []
    @Option(help: "When claiming: how many maintainers must sign.")
    var threshold = 1

    func authority(with signer: any Signer) -> ProjectChanges.Authority {
        ProjectChanges.Authority(keyIDs: [signer.publicKey.id] + keyIDs, threshold: threshold)
    }

    private var keyIDs: [KeyID] { with.compactMap { try? KeyID($0) } }

    func validate() throws {
        for text in with where (try? KeyID(text)) == nil {
            throw ValidationError("'\(text)' is not a key ID: it has 64 hexadecimal digits.")
        }
        if threshold < 1 { throw ValidationError("--threshold is at least 1.") }
    }
}
