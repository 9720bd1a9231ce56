import ArgumentParser
import TUF
import Warehouse

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Maintainers' public keys.",
        subcommands: [List.self, Confirm.self, RevokeKey.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List keys, who vouched for them and which projects name them.")

        @Option(help: "Only those of this account.")
        var account: String?
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            for standing in try await settings.warehouse().keys(ofAccount: account) {
                let key = standing.key
                print("\(key.publicKey.id.hex)  \(key.account)  \(key.state.rawValue)  \(key.label)")
                if let endorser = key.endorsedBy { print("  endorsed by  \(endorser.hex)") }
                for project in standing.projects { print("  project      \(project)") }
            }
        }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a key sign that no earlier key of the account has endorsed.",
            discussion: """
                For someone who has lost every key. Make sure, in another way than through this index, that the key is \
                that person's.
                """)

        @Argument(help: "The key ID, as its owner reads it out.")
        var keyID: String
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            try await settings.warehouse().confirmKey(try KeyID(keyID))
            print("key \(keyID) is active")
        }
    }

    struct RevokeKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Take a key out of use for good, such as a stolen one.",
            discussion: """
                From now on it signs no draft, endorses no key and becomes no project's. Projects that name it go on \
                naming it until their other maintainers sign for its removal: `seal maintainers PROJECT --remove KEYID`.
                """)

        @Argument(help: "The key ID, as `list` shows it.")
        var keyID: String
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let counting = try settings.load().claims.counting
            let stranded = try await settings.warehouse().revokeKey(try KeyID(keyID), counting: counting)
            print("key \(keyID) is revoked")
            for project in stranded {
                print(
                    "below threshold  \(project.project): \(project.left) can sign, \(project.threshold) must"
                )
            }
        }
    }
}
