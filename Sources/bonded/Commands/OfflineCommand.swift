import Admin
import ArgumentParser
import Foundation
import Signing
import TUF
import TUFRepository
import Warehouse

struct OfflineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offline",
        abstract: "The draft of offline metadata that is out: look at it, bring it back signed, give it up.",
        discussion: """
            `bonded admin claims draft` and `bonded admin root draft` make one. Its holders sign it on their own \
            machines with `seal sign`, one after another or each a copy.
            """,
        subcommands: [Show.self, Import.self, Drop.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show which roles are being signed, and who has signed.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            guard let draft = try await settings.warehouse().offlineDraft() else {
                print("no draft is out")
                return
            }
            for (name, role) in draft.roles.sorted(by: { $0.key < $1.key }) {
                print("\(name)  version \(role.version), good until \(role.expires)")
            }
            for (role, authority, signed) in draft.standings {
                print("\(role)  \(signed.count) of \(authority.keys.threshold) of \(authority.name)")
                for id in authority.keys.keyIDs {
                    print("  \(signed.contains(id) ? "signed " : "missing")  \(id.hex)")
                }
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a signed draft back; with enough signatures it is published.")

        @Argument(help: "The file that `seal sign` wrote.")
        var file: String
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let loaded = try settings.load()
            let warehouse = try await settings.warehouse()
            let bytes = try PrivateFile.bytes(of: file, maxBytes: 256 << 20, forbidding: .nobody)
            let offered = try OfflineDrafts.parse(bytes)
            let publication = try await OfflinePublication(in: warehouse, within: loaded.upload.wait) {
                try await warehouse.importOffline(offered, now: .now)
            }
            for line in publication.draft.progress { print(line) }
            guard publication.isSubmitted else { return print("nothing is published yet") }
            if let snapshot = publication.snapshot {
                let names = publication.draft.roles.keys.sorted().map(\.text).joined(separator: ", ")
                return print("published as of snapshot \(snapshot): \(names)")
            }
            print("goes with the next snapshot; none was made yet: is `bonded sign` running?")
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give up the draft that is out.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            try await settings.warehouse().dropOffline()
            print("the draft is dropped")
        }
    }
}

extension Warehouse {
    /// Writes a new draft to a file for its holders and says what they do; without the file there is no draft.
    func handOut(_ draft: some OfflineDraft, to file: String) async throws {
        do {
            try PrivateFile.create(file, contents: draft.encoded())
        } catch {
            try await dropOffline()
            throw error
        }
        for line in draft.progress { print(line) }
        print("Each signs with a root that they trust:")
        print("  seal sign \(file) --out signed.json --root 1.root.json --key FILE")
        print("Then: bonded admin offline import signed.json")
    }
}

extension SettingsOption {
    func warehouse() async throws -> Warehouse {
        let settings = try load()
        return try await settings.openWarehouse(settings.makeLogger("bonded.admin"))
    }
}
