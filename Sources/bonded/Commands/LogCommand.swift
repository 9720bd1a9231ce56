import ArgumentParser
import CanonicalJSON
import Foundation
import Packaging
import Postgres
import Warehouse

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The transaction log: who signed what, when, through which key.",
        subcommands: [Verify.self, Show.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that no entry was changed, moved or taken out.",
            discussion: """
                Exits with 1 where the chain is broken. Entries cut off at the end leave no trace but another head: \
                note the head that is printed outside of the index, and compare.
                """)

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let settings = try settings.load()
            let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.log"))
            let verdict = try await warehouse.verifyLog()
            print("verified  \(verdict.verified) entries")
            print("head      \(verdict.head)")
            if verdict.waiting > 0 { print("waiting   \(verdict.waiting) entries for the next snapshot") }
            if let broken = verdict.brokenAt {
                throw Refusal("the chain is broken at entry \(broken): it, or the one before it, was changed")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the newest entries, one JSON object a line.")

        @Option(help: "Only entries of this project.")
        var project: String?
        @Option(help: "How many at most.")
        var limit = 50
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            guard (1...1_000_000).contains(limit) else {
                throw ValidationError("--limit must be 1 to 1000000")
            }
        }

        func run() async throws {
            let settings = try settings.load()
            let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.log"))
            let name = try project.map { try ProjectName($0).normalized }
            for entry in try await warehouse.logEntries(of: name, limit: limit) {
                let time = Date(timeIntervalSince1970: Double(entry.recordedAt.secondsSinceEpoch))
                var line = entry.body
                line["seq"] = entry.seq.map { .integer($0) } ?? .null
                line["at"] = .string(time.formatted(.iso8601))
                line["kind"] = .string(entry.kind)
                print(String(decoding: JSONValue.object(line).jsonBytes(), as: UTF8.self))
            }
        }
    }
}
