import ArgumentParser
import Foundation
import Packaging
import Postgres
import TUF
import Warehouse

struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "Accounts' tokens and keys, claimed projects, and files taken back.",
        subcommands: [
            TokenCommand.self, ConfirmKey.self, ClaimsCommand.self, RolesCommand.self, RootCommand.self,
            TargetsCommand.self, RotateCommand.self,
            OfflineCommand.self,
            Revoke.self,
        ])
}

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
            let settings = try settings.load()
            let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.admin"))
            let token = try await warehouse.createToken(
                account: account, scope: scope, label: label, lifetime: days.map { .seconds($0 * 86400) })
            print(token.text)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens, without their secrets.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let settings = try settings.load()
            let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.admin"))
            for token in try await warehouse.tokens() {
                let state =
                    token.revokedAt.map { "revoked \(day($0))" } ?? token.expiresAt.map {
                        "expires \(day($0))"
                    }
                    ?? "valid"
                let columns = [
                    token.id, token.account, token.scope.rawValue, "made \(day(token.createdAt))", state,
                ]
                print((columns + [token.label]).joined(separator: "  "))
            }
        }

        private func day(_ time: Postgres.Timestamp) -> String {
            Date(timeIntervalSince1970: Double(time.secondsSinceEpoch)).formatted(
                .iso8601.year().month().day())
        }
    }

    struct RevokeToken: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Make a token worthless from now on.")

        @Argument(help: "The token's identifier, as `list` shows it.")
        var id: String
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let settings = try settings.load()
            let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.admin"))
            try await warehouse.revokeToken(id: id)
            print("token \(id) is revoked")
        }
    }
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

struct ConfirmKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm-key",
        abstract: "Let a maintainer's public key sign that no earlier key of the account has endorsed.",
        discussion: """
            For someone who has lost every key. Make sure, in another way than through this index, that the key is \
            that person's.
            """)

    @Argument(help: "The key ID, as its owner reads it out.")
    var keyID: String
    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let settings = try settings.load()
        let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.admin"))
        try await warehouse.confirmKey(try KeyID(keyID))
        print("key \(keyID) is active")
    }
}

extension TokenScope: ExpressibleByArgument {}
