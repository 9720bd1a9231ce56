import ArgumentParser
import TUF
import Warehouse

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Tokens for uploads and administration.",
        subcommands: [Create.self, List.self, RevokeToken.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, once: the index keeps only a hash.")

        @Option(help: "Whose token; the account is made where it is new.")
        var account: String
        @Option(help: "What it may do: upload or admin.")
        var scope: TokenScope = .upload
        @Option(help: "What it is for, such as a machine's name.")
        var label = ""
        @Option(help: "Days until it expires; without this it does not.")
        var days: Int?
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            if let days, !(1...36500).contains(days) { throw ValidationError("--days must be 1 to 36500") }
        }

        func run() async throws {
            let token = try await settings.warehouse().createToken(
                account: account, scope: scope, label: label, lifetime: days.map { .seconds($0 * 86400) })
            print(token.text)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens, without their secrets.")

        @Option(help: "Only those of this account.")
        var account: String?
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            for token in try await settings.warehouse().tokens(of: account) {
                let state =
                    token.revokedAt.map { "revoked \($0.day)" } ?? token.expiresAt.map { "expires \($0.day)" }
                    ?? "valid"
                let columns = [
                    token.id, token.account, token.scope.rawValue, "made \(token.createdAt.day)", state,
                ]
                print((columns + [token.label]).joined(separator: "  "))
            }
        }
    }

    struct RevokeToken: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Make a token worthless from now on.")

        @Argument(help: "The token's identifier, as `list` shows it.")
        var id: String
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            try await settings.warehouse().revokeToken(id: id)
            print("token \(id) is revoked")
        }
    }
}

extension TokenScope: ExpressibleByArgument {}

extension MetadataTime {
    /// `YYYY-MM-DD`.
    var day: Substring { description.prefix(10) }
}
