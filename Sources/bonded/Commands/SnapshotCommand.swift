import Admin
import ArgumentParser
import Foundation
import Postgres
import Signing
import TUF
import TUFRepository
import Warehouse

struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Archive snapshots, go back to one, or have the present one signed anew.",
        subcommands: [Archive.self, List.self, Restore.self, Renew.self])

    struct Archive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the public snapshot to one file, for a device that is kept away from the index.",
            discussion: """
                The file holds all signed metadata and every index page, compressed, not the distributions. It is \
                verified from your root on its way. Do it regularly: `bonded audit --against FILE` says what differs \
                since, and `bonded recover --known-good FILE` undoes what an attacker did (PEP 480, "Auditing \
                Snapshots").
                """)

        @Argument(help: "The folder for the file, NAME.bonded-snapshot.gz.")
        var folder: String
        @Option(help: "What the snapshot is called; a letter or digit, then letters, digits, '.', '_', '-'.")
        var name: String?
        @Option(help: ArgumentHelp("A root's metadata that you trust.", valueName: "file"))
        var root: String
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            if let name, name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,99}/) == nil {
                throw ValidationError("'\(name)' is no name for a snapshot")
            }
        }

        func run() async throws {
            let warehouse = try await settings.warehouse()
            let name =
                if let name { name } else { "snapshot-\(try await warehouse.publicSnapshot())" }
            let file = "\(folder)/\(name).bonded-snapshot.gz"
            let archived = try await warehouse.archiveSnapshot(
                as: name, to: file,
                trustedRoot: PrivateFile.bytes(of: root, maxBytes: 512_000, forbidding: .nobody))
            print("file      \(file)")
            print("snapshot  \(archived.snapshotVersion)")
            print("sha256    \(Hex.encode(archived.sha256))")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the snapshots that were archived.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            for archived in try await settings.warehouse().archivedSnapshots() {
                let time = MetadataTime(secondsSinceEpoch: archived.archivedAt.secondsSinceEpoch)
                print(
                    "\(archived.name)  snapshot \(archived.snapshotVersion), \(time), sha256 \(Hex.encode(archived.sha256))"
                )
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Go back to an archived snapshot: undo whatever changed since in what the index signs for.",
            discussion: """
                For mistakes and attacks that took no key: uploads since are dropped, files that were added are removed, \
                what was changed or deleted comes back. Claimed projects, which their maintainers sign for, stay as they \
                are. The index answers 503 meanwhile. Where keys were stolen, use `bonded recover`.
                """)

        @Argument(help: "The archive.")
        var file: String
        @Option(help: ArgumentHelp("A root's metadata that you trust.", valueName: "file"))
        var root: String
        @Flag(help: "Do not ask before it begins.")
        var yes = false
        @OptionGroup var drafts: HandedOutDrafts
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let warehouse = try await settings.warehouse()
            let trusted = try PrivateFile.bytes(of: root, maxBytes: 512_000, forbidding: .nobody)
            if try await warehouse.advanceRecovery(expires: .now) == nil {
                let changes = try await warehouse.compare(withArchive: file, trustedRoot: trusted)
                for change in changes { print("\(change.kind.rawValue)  \(change.path)") }
                if !yes { try TerminalPrompt().confirm("Undo this?") }
                try await warehouse.beginRecovery(
                    RecoveryRequest(
                        plan: try RecoveryPlan(compromised: [], projects: [], rollingBack: true),
                        added: KeyChanges(), safe: [:],
                        knownGood: Hex.encode(try Warehouse.sha256(ofFile: file)),
                        title: "The index goes back to an earlier snapshot",
                        bulletin: "What was uploaded since has to be uploaded again. No key was stolen."))
            }
            try await RecoveryCourse(
                warehouse: warehouse, trustedRoot: trusted, archive: file, drafts: drafts
            ).follow()
        }
    }

    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have snapshot and timestamp signed anew now, changed or not.",
            discussion:
                "`bonded sign` renews everything by itself, in time. Exits with 1 where no snapshot process answers."
        )

        @Flag(help: "Sign recently-claimed and every bin anew, too.")
        var everything = false
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let patience = try settings.load().upload.wait
            let version = try await settings.warehouse().renew(
                everything ? .everything : .snapshot, within: patience)
            guard let version else {
                throw Refusal("asked for, and no snapshot was made yet: is `bonded sign` running?")
            }
            print("snapshot \(version) is public")
        }
    }
}
