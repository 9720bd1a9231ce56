import ArgumentParser
import Foundation
import Signing
import TUF
import TUFRepository
import Warehouse

struct ClaimsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims",
        abstract: "Move claimed projects from the online role into `claimed`, which is signed offline.",
        discussion: """
            A project that was just claimed stands in `recently-claimed`, whose key is online: whoever steals that can \
            take the project over. So move what waits there regularly: `draft` writes a file, its holders sign it on \
            their own machines (`seal sign`), `import` brings it back, and one snapshot moves the projects.
            """,
        subcommands: [List.self, Draft.self, Import.self, Drop.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what waits for a new `claimed`.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let warehouse = try await settings.warehouse()
            for claim in try await warehouse.waitingClaims() {
                let state = claim.isDrafted ? "drafted" : "waiting"
                let what = claim.isNew ? "claimed \(claim.since)" : "other maintainers"
                let accounts = claim.maintainers.accounts.sorted().joined(separator: ", ")
                print("\(claim.project)  \(state)  \(what)  \(claim.maintainers.threshold) of \(accounts)")
            }
        }
    }

    struct Draft: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draft a new `claimed` with everything that waits, for its holders to sign.",
            discussion: """
                Also renews the metadata where nothing waits. Until the draft is imported or dropped, the maintainers \
                of the projects in it stay as they are.
                """)

        @Option(
            help: ArgumentHelp("Where the draft goes: a file that does not exist yet.", valueName: "file"))
        var out: String
        @Option(help: "How long the new metadata is good, in days.")
        var days = 365
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            if !(1...1095).contains(days) { throw ValidationError("--days must be 1 to 1095") }
        }

        func run() async throws {
            let loaded = try settings.load()
            let warehouse = try await settings.warehouse()
            let draft = try await warehouse.draftClaims(
                expires: MetadataTime.now.advanced(bySeconds: days * 86_400),
                shardSize: loaded.claims.projectsPerRole)
            do {
                try PrivateFile.create(out, contents: draft.encoded())
            } catch {
                try await warehouse.dropClaims()
                throw error
            }
            let threshold = draft.authority?.threshold ?? 0
            print("\(draft.evidence.count) projects, \(draft.roles.count) roles to sign: \(out)")
            print("\(threshold) of the holders of 'claimed' sign it, each with a root that they trust:")
            print("  seal sign \(out) --out signed.json --root 1.root.json --key FILE")
            print("Then: bonded admin claims import signed.json")
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
            let before = try await warehouse.publishedClaims()
            let (draft, isSubmitted) = try await warehouse.importClaims(
                try ClaimsDraft(parsing: bytes), now: .now)
            guard isSubmitted else {
                print(
                    "\(draft.signers.count) of \(draft.authority?.threshold ?? 0) have signed; nothing is published yet"
                )
                return
            }
            let deadline = ContinuousClock.now + loaded.upload.wait
            while ContinuousClock.now < deadline {
                if let snapshot = try await warehouse.publishedClaims(), snapshot != before {
                    print("\(draft.evidence.count) projects are in 'claimed' as of snapshot \(snapshot)")
                    return
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            print("goes with the next snapshot; none was made yet: is `bonded sign` running?")
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give up the draft that is out.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            try await settings.warehouse().dropClaims()
            print("the draft is dropped")
        }
    }
}

extension SettingsOption {
    fileprivate func warehouse() async throws -> Warehouse {
        let settings = try load()
        return try await settings.openWarehouse(settings.makeLogger("bonded.admin"))
    }
}
