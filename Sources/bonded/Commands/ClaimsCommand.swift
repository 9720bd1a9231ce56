import ArgumentParser
import Foundation
import Packaging
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
            their own machines (`seal sign`), `bonded admin offline import` brings it back, and one snapshot moves them.
            """,
        subcommands: [List.self, Draft.self], defaultSubcommand: List.self)

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
        @Option(
            help: ArgumentHelp(
                "A project whose maintainers sign for it no longer: the index does again.",
                valueName: "project"))
        var withdraw: [String] = []
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
                withdrawing: Set(withdraw.map { try ProjectName($0).normalized }),
                expires: MetadataTime.now.advanced(bySeconds: days * 86_400),
                shardSize: loaded.claims.projectsPerRole)
            print("\(draft.evidence.count) projects, \(draft.roles.count) roles")
            try await warehouse.handOut(draft, to: out)
        }
    }
}
