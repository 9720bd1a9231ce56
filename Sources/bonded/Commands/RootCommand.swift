import ArgumentParser
import Foundation
import Signing
import TUF
import TUFRepository
import Warehouse

struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root",
        abstract: "Change the keys and thresholds that root names, or renew it.",
        subcommands: [Draft.self])

    struct Draft: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draft the next root, for the holders of the present and the next root keys to sign.",
            discussion: """
                Without any change it renews the root before it expires. Where too few of the next targets keys have \
                signed the present targets, that is drafted as well. What would lock out who signs a role is refused.

                To replace an online key: add the new one, have the draft signed and published, give `bonded sign` the \
                new key, then draft the removal of the old one. Clients can verify everything at every moment.
                """)

        @Option(
            help: ArgumentHelp("Where the draft goes: a file that does not exist yet.", valueName: "file"))
        var out: String
        @Option(
            help: ArgumentHelp(
                "A public key for root, targets, snapshot or timestamp, in PEM or as a TUF key object.",
                valueName: "role=file"))
        var addKey: [String] = []
        @Option(help: ArgumentHelp("A key to take off a role.", valueName: "role=key ID"))
        var removeKey: [String] = []
        @Option(help: ArgumentHelp("How many must sign a role.", valueName: "role=number"))
        var threshold: [String] = []
        @Option(help: "How long the next root is good, in days.")
        var days = 365
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            if !(1...3650).contains(days) { throw ValidationError("--days must be 1 to 3650") }
        }

        func run() async throws {
            var changes = RootChanges()
            for (role, file) in try Self.pairs(addKey) {
                changes.add[role, default: []].append(try PublicKey(reading: file))
            }
            for (role, text) in try Self.pairs(removeKey) {
                changes.remove[role, default: []].append(try KeyID(text))
            }
            for (role, text) in try Self.pairs(threshold) {
                guard let number = Int(text) else { throw ValidationError("'\(text)' is no number.") }
                changes.thresholds[role] = number
            }
            let warehouse = try await settings.warehouse()
            let draft = try await warehouse.draftRoot(
                changes, expires: MetadataTime.now.advanced(bySeconds: days * 86_400))
            print("root version \(draft.after.version)")
            try await warehouse.handOut(draft, to: out)
        }

        private static func pairs(_ texts: [String]) throws -> [(RoleName, String)] {
            try texts.map { text in
                let parts = text.split(separator: "=", maxSplits: 1)
                let role = RoleName.topLevel.first { $0.text == parts.first.map(String.init) }
                guard let role, parts.count == 2 else {
                    throw ValidationError(
                        "'\(text)': give ROLE=VALUE, the role being root, targets, snapshot or timestamp.")
                }
                return (role, String(parts[1]))
            }
        }
    }
}
