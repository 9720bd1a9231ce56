import ArgumentParser
import Postgres

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database's schema up to date.",
        discussion: "Safe to run again, and from several machines at once. Never goes back.")

    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let settings = try settings.load()
        let database = try settings.makeDatabase(settings.makeLogger("bonded.migrate"))
        let applied = try await Migrations(directory: settings.database.migrations).apply(to: database)
        applied.forEach { print("applied \($0)") }
        print(applied.isEmpty ? "the schema is up to date" : "the schema is up to date now")
    }
}
