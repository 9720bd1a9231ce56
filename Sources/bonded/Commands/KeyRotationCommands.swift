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
        @OptionGroup var keys: KeyChangeOptions
        @Option(help: "How long the next root is good, in days.")
        var days = 365
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            if !(1...3650).contains(days) { throw ValidationError("--days must be 1 to 3650") }
        }

        func run() async throws {
            let warehouse = try await settings.warehouse()
            let draft = try await warehouse.draftRoot(
                keys.changes(), expires: MetadataTime.now.advanced(bySeconds: days * 86_400))
            print("root version \(draft.after.version)")
            try await warehouse.handOut(draft, to: out)
        }
    }
}

struct TargetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract:
            "Change the keys of what `targets` delegates to and of the bins, or renew offline metadata.",
        subcommands: [Draft.self])

    struct Draft: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Draft the next targets, claimed and unclaimed as far as a change needs them signed anew.",
            discussion: """
                The roles are claimed, recently-claimed, unclaimed and, for the key of every bin, bins. To replace an \
                online key: add the new one, have the draft signed and published, restart `bonded sign` with the new \
                key, which signs everything anew, then draft the removal of the old one.
                """)

        @Option(
            help: ArgumentHelp("Where the draft goes: a file that does not exist yet.", valueName: "file"))
        var out: String
        @OptionGroup var keys: KeyChangeOptions
        @Option(help: ArgumentHelp("Sign targets, claimed or unclaimed anew as it is.", valueName: "role"))
        var renew: [String] = []
        @Option(help: "Lay the bins out anew: how many, a power of two from 2 to 65536.")
        var bins: Int?
        @Option(help: "How long the new metadata is good, in days.")
        var days = 365
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            if let bins, !(2...65_536).contains(bins) || bins.nonzeroBitCount != 1 {
                throw ValidationError("--bins takes a power of two from 2 to 65536, not \(bins)")
            }
            if !(1...1095).contains(days) { throw ValidationError("--days must be 1 to 1095") }
            for role in renew where !TargetsDraft.renewable.contains(where: { $0.text == role }) {
                throw ValidationError("--renew takes targets, claimed or unclaimed, not '\(role)'")
            }
        }

        func run() async throws {
            let warehouse = try await settings.warehouse()
            let draft = try await warehouse.draftTargets(
                keys.changes(), renew: Set(renew.map { try RoleName($0) }),
                binBitLength: bins?.trailingZeroBitCount,
                expires: MetadataTime.now.advanced(bySeconds: days * 86_400))
            print(draft.roles.keys.sorted().map(\.text).joined(separator: ", "))
            try await warehouse.handOut(draft, to: out)
        }
    }
}

/// New keys and thresholds for roles.
struct AddedKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A public key for a role, in PEM or as a TUF key object.", valueName: "role=file"))
    var addKey: [String] = []
    @Option(help: ArgumentHelp("How many must sign a role.", valueName: "role=number"))
    var threshold: [String] = []

    func changes() throws -> KeyChanges {
        var changes = KeyChanges()
        for (role, file) in try Self.pairs(addKey) {
            changes.add[role, default: []].append(try PublicKey(reading: file))
        }
        for (role, text) in try Self.pairs(threshold) {
            guard let number = Int(text) else { throw ValidationError("'\(text)' is no number.") }
            changes.thresholds[role] = number
        }
        return changes
    }

    static func keyIDs(_ texts: [String]) throws -> [(RoleName, KeyID)] {
        try pairs(texts).map { role, text in
            guard let id = try? KeyID(text) else { throw ValidationError("'\(text)' is no key ID.") }
            return (role, id)
        }
    }

    private static func pairs(_ texts: [String]) throws -> [(RoleName, String)] {
        try texts.map { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let role = try? RoleName(String(parts[0])) else {
                throw ValidationError("'\(text)': give ROLE=VALUE.")
            }
            return (role, String(parts[1]))
        }
    }
}

/// Other keys and thresholds for roles.
struct KeyChangeOptions: ParsableArguments {
    @OptionGroup var added: AddedKeyOptions
    @Option(help: ArgumentHelp("A key to take off a role.", valueName: "role=key ID"))
    var removeKey: [String] = []

    func changes() throws -> KeyChanges {
        var changes = try added.changes()
        for (role, id) in try AddedKeyOptions.keyIDs(removeKey) {
            changes.remove[role, default: []].append(id)
        }
        return changes
    }
}
