import ArgumentParser
import Foundation
import Signing
import TUF
import TUFRepository
import Warehouse

struct RotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replace the keys of online roles, step by step, with an overlap.",
        discussion: """
            The roles are timestamp, snapshot, recently-claimed and, for the key of every bin, bins. `bonded sign` makes \
            the new keys in its keyring. Drafts name them beside the present ones; when clients have had time to learn \
            of them (signing.key_overlap) `bonded sign` goes over to them; drafts take the old ones off. Clients can \
            verify everything at every moment.

            Waits for the signatures. It may be stopped and run again at any point, and goes on from there. Exits with \
            75 where --no-wait is given and something has yet to happen elsewhere.
            """)

    @Argument(help: "Which roles: timestamp, snapshot, recently-claimed, bins.")
    var roles: [OnlineRole]
    @OptionGroup var drafts: HandedOutDrafts
    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let warehouse = try await settings.warehouse()
        try await warehouse.beginRotation(of: Set(roles))
        try await drafts.follow { expires in
            guard let standing = try await warehouse.advanceRotation(expires: expires) else { return nil }
            switch standing.step {
            case .makingKeys: return .soon("`bonded sign` makes the new keys")
            case .signatures(let draft, let isOwn):
                return .draft(
                    draft,
                    isOwn
                        ? "a draft waits for signatures"
                        : "another draft has to be published or dropped first")
            case .publishing: return .soon("the signed draft goes with the next snapshot")
            case .overlapping:
                return .later(
                    "both keys are named; `bonded sign` goes over to the new one after signing.key_overlap")
            case .finished: return .finished("the new keys alone are named, and sign")
            }
        }
    }
}

extension OnlineRole: ExpressibleByArgument {}
