import ArgumentParser
import Foundation
import Packaging
import Warehouse

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take in a folder of wheels and sdists.",
        discussion: """
            Reads the folder and those below it, as pypiserver, `devpi export` or `pip download` leave them. What is
            there already is skipped, so an interrupted import is simply started again. One line for each file that
            is refused; exit status 1 if any was.
            """)

    @Argument(help: "The folder.")
    var directory: String
    @Option(help: "Whose uploads these are; new projects will belong to this account.")
    var account = "import"
    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let settings = try settings.load()
        let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.import"))
        let feed = PublicationFeed(database: warehouse.database, logger: warehouse.logger) {}
        let listening = Task { await feed.run() }
        defer { listening.cancel() }

        let files = try ImportFolder(path: directory).distributions()
        let importer = Importer(
            warehouse: warehouse, rules: settings.upload.rules,
            identity: try await warehouse.localIdentity(account: account))
        var progress = ImportProgress(total: files.count)
        for file in files {
            progress.count(await importer.take(file), of: file)
        }
        progress.finish()

        if let transaction = progress.lastTransaction,
            await feed.publication(of: transaction, within: .seconds(60)) == nil
        {
            print(
                "The files are recorded and become visible with the next snapshot: is `bonded sign` running?")
        }
        if progress.refused > 0 { throw ExitCode(1) }
    }
}
