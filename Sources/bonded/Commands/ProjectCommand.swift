import ArgumentParser
import Packaging
import TUF
import TUFRepository
import Warehouse

struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "Quarantine, archive, remove projects, and open them again.",
        discussion: """
            The index cannot change what maintainers sign for. Of a claimed project it refuses changes (archive), or to \
            show anything (quarantine); the project's own page stays as its maintainers have signed it.
            """,
        subcommands: [Quarantine.self, Archive.self, Release.self, Remove.self])

    struct Quarantine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show none of a project's files, and take no changes, until it is released.")

        @OptionGroup var change: StatusChange

        func run() async throws { try await change.run(.quarantined) }
    }

    struct Archive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take no more changes of a project; installers find it as it is.")

        @OptionGroup var change: StatusChange

        func run() async throws { try await change.run(.archived) }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open a project again that is quarantined or archived.")

        @OptionGroup var change: StatusChange

        func run() async throws { try await change.run(.active) }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a project with all its files, for good.",
            discussion: "Its name and the names of its files are never given to anyone again.")

        @OptionGroup var change: StatusChange

        func run() async throws { try await change.run(.removed) }
    }
}

struct StatusChange: ParsableArguments {
    @Argument(help: "The project.")
    var project: String
    @Option(help: "Why, for everyone to read on the project's page.")
    var reason = ""
    @OptionGroup var settings: SettingsOption

    func run(_ status: ProjectStatus) async throws {
        let loaded = try settings.load()
        let warehouse = try await settings.warehouse()
        let name = try ProjectName(project)
        let feed = PublicationFeed(database: warehouse.database, logger: warehouse.logger) {}
        let listening = Task { await feed.run() }
        defer { listening.cancel() }
        guard let transaction = try await warehouse.setStatus(status, of: name, reason: reason) else {
            return print("\(name.normalized) is \(status.rawValue); its page is its maintainers' and stays")
        }
        guard let snapshot = await feed.publication(of: transaction, within: loaded.upload.wait) else {
            return print("goes with the next snapshot; none was made yet: is `bonded sign` running?")
        }
        print("\(name.normalized) is \(status.rawValue) as of snapshot \(snapshot)")
    }
}
