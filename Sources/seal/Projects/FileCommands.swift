import ArgumentParser
import Packaging
import Sealing
import Signing
import TUFRepository

/// One file or more of a claimed project.
struct FileArguments: ParsableArguments {
    @Argument(help: "The project.")
    var project: ProjectName
    @Argument(help: ArgumentHelp("Filenames, as the project's page has them.", valueName: "filename"))
    var files: [String]
    @OptionGroup var key: SigningKeyOptions
    @OptionGroup var options: IndexOptions

    func change(
        confirming question: String? = nil, _ edit: (inout ProjectChanges) -> Void
    ) throws {
        try reportingRefusals {
            var desk = try options.desk()
            var changes = ProjectChanges()
            edit(&changes)
            try desk.change(
                project, changes, signer: try key.open(), confirming: question)
        }
    }
}

struct Yank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have installers pass files over unless they are asked for exactly (PEP 592).")

    @OptionGroup var arguments: FileArguments
    @Option(help: "Why, for those who meet it.")
    var reason = ""

    func run() throws {
        try arguments.change { changes in
            for file in arguments.files { changes.yank[file] = reason }
        }
    }
}

struct Unyank: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take the yanking of files back.")

    @OptionGroup var arguments: FileArguments

    func run() throws {
        try arguments.change { $0.unyank = arguments.files }
    }
}

struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete files for good. Their names can never be used again.")

    @OptionGroup var arguments: FileArguments
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    func run() throws {
        try arguments.change(
            confirming: yes ? nil : "Delete for good?"
        ) { $0.remove = arguments.files }
    }
}
