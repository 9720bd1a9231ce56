import ArgumentParser
import Foundation
import HTTPClient
import Installing
import Packaging
import Signing
import TUF
import TUFClient

struct TrustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Say which indexes you install from.",
        subcommands: [Add.self, List.self, Remove.self, Forget.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trust an index from now on.",
            discussion: """
                Pins the index's root: everything is verified from it, and it can only be replaced by roots that its own \
                keys have signed. Get it, or its fingerprint (the SHA-256 of 1.root.json), by a way that is not the index.

                Indexes are asked in the order in which they were added. A name belongs to the first one that has it.
                """)

        @Argument(help: ArgumentHelp("The index's address, of its /simple/.", valueName: "url"))
        var address: String
        @Option(help: ArgumentHelp("The root to trust: a file.", valueName: "file"))
        var root: String?
        @Option(help: ArgumentHelp("The SHA-256 of the root that the index offers.", valueName: "sha256"))
        var fingerprint: String?
        @Option(
            name: .customLong("projects"),
            help: ArgumentHelp(
                "Names that are this index's and no other's, such as 'acme-*'; may be repeated. It is then asked for no other name.",
                valueName: "pattern"))
        var projects: [String] = []
        @Flag(help: "Ask it before those that are trusted already.")
        var first = false
        @Flag(
            help: "The index has no TUF metadata: take its word, and hold files to the hashes on its pages.")
        var unverified = false

        func validate() throws {
            if root != nil, fingerprint != nil {
                throw ValidationError("Give --root or --fingerprint, not both.")
            }
            if unverified, root != nil || fingerprint != nil {
                throw ValidationError("--unverified goes with neither --root nor --fingerprint.")
            }
        }

        func run() throws {
            try reportingRefusals {
                let patterns = try projects.map { text in
                    guard let pattern = NamePattern(text) else {
                        throw ValidationError("'\(text)' is no pattern of project names.")
                    }
                    return pattern
                }
                let index = try PinnedIndex(address: address, projects: patterns, isVerified: !unverified)
                let settings = try Settings()
                let state = try settings.state()
                if try state.indexes().contains(where: { $0.address == index.address }) {
                    throw InstallError.alreadyPinned(index.address)
                }
                guard index.isVerified else {
                    try state.add(index, root: nil, isFirst: first)
                    return print(
                        "\(index.address.absoluteString) is asked from now on. NOTHING of it is verified.")
                }
                let bytes = try trustedRoot(of: index, settings.client(for: [index]))
                try verify(index, bytes, settings)
                try state.add(index, root: bytes, isFirst: first)
                print("\(index.address.absoluteString) is trusted from now on.")
                print("root's fingerprint: \(Digest.sha256Hex(bytes))")
            }
        }

        private func trustedRoot(of index: PinnedIndex, _ client: HTTPClient) throws -> [UInt8] {
            if let root {
                guard let data = FileManager.default.contents(atPath: root) else {
                    throw ValidationError("\(root) cannot be read.")
                }
                return [UInt8](data)
            }
            let offered = try offeredRoot(of: index, client)
            let actual = Digest.sha256Hex(offered)
            if let fingerprint {
                guard fingerprint.lowercased() == actual else {
                    throw InstallError.wrongFingerprint(
                        index: index.address, expected: fingerprint.lowercased(), actual: actual)
                }
                return offered
            }
            guard isatty(STDIN_FILENO) == 1 else {
                throw ValidationError(
                    "Nobody is there to ask: give the root with --root, or its fingerprint with --fingerprint."
                )
            }
            print("\(index.address.absoluteString) offers a root with the fingerprint")
            print("  \(actual)")
            try TerminalPrompt().confirm("Is that the one that its operators have told you?")
            return offered
        }

        private func offeredRoot(of index: PinnedIndex, _ client: HTTPClient) throws -> [UInt8] {
            let address = index.metadata.appendingPathComponent("1.root.json")
            do {
                guard let bytes = try client.fetch(address, atMost: 512_000) else {
                    throw InstallError.missing(index: index.address, address: address.absoluteString)
                }
                return bytes
            } catch let error as HTTPClientError {
                throw InstallError.unreachable(index: index.address, error)
            }
        }

        /// An index that does not verify is not worth pinning. What is verified meanwhile is thrown away.
        private func verify(_ index: PinnedIndex, _ root: [UInt8], _ settings: Settings) throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bonded-pip-\(UUID())")
                .path
            let store = try TrustStore(directory: folder)
            defer { try? store.destroy() }
            let now = MetadataTime(secondsSinceEpoch: time(nil))
            do {
                let updater = try Updater(
                    trustedRoot: root, repository: .init(metadata: index.metadata, targets: index.targets),
                    store: store, client: settings.client(for: [index]))
                do { try updater.refresh(now: now) } catch {
                    throw InstallError(error, at: index.address, now: now, clock: updater.serverClock)
                }
            } catch let error as MetadataError {
                throw InstallError.distrusted(index: index.address, error, now: now, clock: nil)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is trusted, in the order of asking.")

        func run() throws {
            try reportingRefusals {
                let state = try Settings().state()
                let indexes = try state.indexes()
                guard !indexes.isEmpty else { throw InstallError.noIndexes }
                for index in indexes {
                    let names =
                        index.projects.isEmpty
                        ? "" : "  only " + index.projects.map(\.text).joined(separator: ", ")
                    print(index.address.absoluteString + names)
                    guard index.isVerified else {
                        print("  NOT VERIFIED: it has no TUF metadata")
                        continue
                    }
                    print("  pinned root  \(Digest.sha256Hex(try state.root(of: index)))")
                    if let root = try state.trustStore(of: index).bytes(of: .root),
                        let current = try? Envelope<Root>(parsing: root)
                    {
                        print(
                            "  current root v\(current.payload.version), good until \(current.payload.expires)"
                        )
                    }
                }
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trust an index no more; forget all that was verified of it.")
        @Argument(help: ArgumentHelp("The index's address.", valueName: "url")) var address: String

        func run() throws {
            try reportingRefusals {
                let asked = try PinnedIndex(address: address)
                let state = try Settings().state()
                let index = try state.indexes().first { $0.address == asked.address } ?? asked
                try state.remove(index)
                print("\(index.address.absoluteString) is not asked any more.")
            }
        }
    }

    struct Forget: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget which index a project's name is bound to.",
            discussion: "The name then belongs to the first index that has it when it is installed next.")
        @Argument(help: ArgumentHelp("The project.", valueName: "name")) var project: String

        func run() throws {
            try reportingRefusals {
                guard let name = try? ProjectName(project) else {
                    throw ValidationError("'\(project)' is no name of a project.")
                }
                let wasBound = try Settings().state().unbind(name)
                print(wasBound ? "\(name) is bound to no index any more." : "\(name) was bound to no index.")
            }
        }
    }
}
