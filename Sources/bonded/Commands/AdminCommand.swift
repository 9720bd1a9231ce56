import ArgumentParser
import Packaging
import Warehouse

struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Accounts, tokens, keys, roles, claimed projects, bulletins, and files taken back.",
        subcommands: [
            AccountCommand.self, TokenCommand.self, KeyCommand.self, ProjectCommand.self,
            BulletinCommand.self,
            ClaimsCommand.self, RolesCommand.self, RootCommand.self, TargetsCommand.self, RotateCommand.self,
            OfflineCommand.self,
            Revoke.self,
        ])
}

struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a file back: off its page and out of the TUF metadata, with the next snapshot.",
        discussion: "Its name can never be used again. Its bytes are deleted once the grace time is over.")

    @Argument(help: "The project.")
    var project: String
    @Argument(help: "The file's name.")
    var filename: String
    @Option(help: "Why, for the record.")
    var reason = ""
    @Option(help: "Who takes it back.")
    var account = "admin"
    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let settings = try settings.load()
        let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.admin"))
        let feed = PublicationFeed(database: warehouse.database, logger: warehouse.logger) {}
        let listening = Task { await feed.run() }
        defer { listening.cancel() }
        let transaction = try await warehouse.revoke(
            filename, of: try ProjectName(project), reason: reason,
            by: try await warehouse.localIdentity(account: account))
        guard let snapshot = await feed.publication(of: transaction, within: settings.upload.wait) else {
            print("\(filename) goes with the next snapshot; none was made yet: is `bonded sign` running?")
            return
        }
        print("\(filename) is gone as of snapshot \(snapshot)")
    }
}
