import ArgumentParser
import Packaging
import Sealing
import Signing
import TUF
import TUFRepository

struct MaintainersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintainers",
        abstract: "Show who signs for a project; add and remove keys.",
        discussion: """
            A change needs as many of the present maintainers' signatures as any other, and as many of the new ones'. \
            To replace a lost key, register another (`seal key register`) and have a maintainer run \
            `seal maintainers PROJECT --add NEW --remove LOST`.
            """)

    @Argument(help: "The project.")
    var project: ProjectName
    @Option(help: ArgumentHelp("A registered key, as its owner reads out its ID.", valueName: "key ID"))
    var add: [String] = []
    @Option(help: ArgumentHelp("A key of the project.", valueName: "key ID"))
    var remove: [String] = []
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            var desk = try options.desk()
            let current = try claimed(project, at: &desk)
            guard !add.isEmpty || !remove.isEmpty else {
                print("\(current.threshold) of \(current.accounts.count) maintainers must sign")
                for key in current.keys { print("\(key.publicKey.id.hex)  \(key.account)") }
                return
            }
            var keyIDs = current.keys.map(\.publicKey.id)
            for text in remove {
                guard let id = try? KeyID(text), let position = keyIDs.firstIndex(of: id) else {
                    throw ValidationError("'\(text)' is no key of \(project.normalized).")
                }
                keyIDs.remove(at: position)
            }
            for text in add {
                guard let id = try? KeyID(text) else {
                    throw ValidationError("'\(text)' is not a key ID: it has 64 hexadecimal digits.")
                }
                keyIDs.append(id)
            }
            var changes = ProjectChanges()
            changes.authority = ProjectChanges.Authority(keyIDs: keyIDs, threshold: current.threshold)
            try desk.change(
                project, changes, signer: try key.open())
        }
    }
}

struct Threshold: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how many maintainers must sign for a project.",
        discussion: "One maintainer's several keys count once, unless the index is set up otherwise.")

    @Argument(help: "The project.")
    var project: ProjectName
    @Argument(help: "How many.")
    var threshold: Int
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            var desk = try options.desk()
            let current = try claimed(project, at: &desk)
            var changes = ProjectChanges()
            changes.authority = ProjectChanges.Authority(
                keyIDs: current.keys.map(\.publicKey.id), threshold: threshold)
            try desk.change(
                project, changes, signer: try key.open())
        }
    }
}

struct Refresh: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sign a project as it is anew, so that its metadata does not expire.")

    @Argument(help: "The project.")
    var project: ProjectName
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func run() throws {
        try reportingRefusals {
            var desk = try options.desk()
            _ = try claimed(project, at: &desk)
            try desk.change(
                project, ProjectChanges(), signer: try key.open())
        }
    }
}

private func claimed(_ project: ProjectName, at desk: inout MaintainerDesk) throws -> Maintainers {
    guard let maintainers = try desk.published(project).maintainers else {
        throw SealingError.notClaimed(project.normalized)
    }
    return maintainers
}
