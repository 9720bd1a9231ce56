import ArgumentParser
import TUF
import Warehouse

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Who may speak to the index.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List accounts: tokens and keys in use, projects owned.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            for account in try await settings.warehouse().accounts() {
                print(
                    "\(account.name)  made \(account.createdAt.day)  tokens \(account.tokens)  keys \(account.keys)  projects \(account.projects)"
                )
            }
        }
    }
}
