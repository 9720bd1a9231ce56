import ArgumentParser
import Foundation
import HTTPClient
import TUF
import TUFClient

/// Speaks the command line protocol of the TUF conformance suite.
///
/// - Source: theupdateframework/tuf-conformance, CLIENT-CLI.md.
@main
struct TUFClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tuf-client",
        abstract: "A plain TUF client: initialise trust, refresh metadata, download targets.",
        discussion: """
            The options come before the subcommand. Exits with 0 where everything that was asked for verified, \
            with 1 otherwise.
            """)

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case `init`, refresh, download
    }

    @Option(help: ArgumentHelp("Where trusted metadata is kept.", valueName: "dir"))
    var metadataDir: String
    @Option(help: ArgumentHelp("Where the repository has its metadata.", valueName: "url"))
    var metadataUrl: String?
    @Option(help: ArgumentHelp("A target to download; may be repeated.", valueName: "path"))
    var targetName: [String] = []
    @Option(help: ArgumentHelp("Where targets go.", valueName: "dir"))
    var targetDir: String?
    @Option(help: ArgumentHelp("Where the repository has its targets.", valueName: "url"))
    var targetBaseUrl: String?
    @Argument(help: "init, refresh or download.")
    var action: Action
    @Argument(help: ArgumentHelp("For init: the file with the trusted root.", valueName: "file"))
    var trustedRoot: String?

    func run() throws {
        do {
            switch action {
            case .`init`: try initialise()
            case .refresh: _ = try refreshed()
            case .download: try download()
            }
        } catch {
            FileHandle.standardError.write(Data("tuf-client: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    private func initialise() throws {
        guard let trustedRoot else { throw Refusal("init takes the file with the trusted root.") }
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: trustedRoot)))
        _ = try TrustedMetadata(trustedRoot: bytes, now: .earliest)
        try TrustStore(directory: metadataDir).store(bytes, as: .root)
    }

    private func refreshed() throws -> Updater {
        let store = try TrustStore(directory: metadataDir)
        guard let root = try store.bytes(of: .root) else {
            throw Refusal("\(metadataDir) has no trusted root: run init first.")
        }
        let updater = try Updater(
            trustedRoot: root,
            repository: .init(
                metadata: try address(metadataUrl, "--metadata-url"),
                targets: try address(targetBaseUrl ?? metadataUrl, "--target-base-url")),
            store: store, client: HTTPClient())
        try updater.refresh(now: MetadataTime(secondsSinceEpoch: time(nil)))
        return updater
    }

    private func download() throws {
        guard let targetDir, targetBaseUrl != nil else {
            throw Refusal("download takes --target-dir and --target-base-url.")
        }
        let updater = try refreshed()
        for name in targetName {
            let path = try TargetPath(name)
            guard let found = try updater.find(path) else { throw Refusal("no role lists \(path)") }
            let place = URL(fileURLWithPath: targetDir).appendingPathComponent(
                Digest.sha256Hex(Array(name.utf8)))
            if let kept = try? Data(contentsOf: place), (try? found.file.verify(Array(kept))) != nil {
                continue
            }
            // Not waited for: what is there is verified before it is taken for the target.
            try Data(try updater.download(found, atMost: found.file.length)).write(to: place)
        }
    }

    private func address(_ text: String?, _ option: String) throws -> URL {
        guard let text, let url = URL(string: text), url.host != nil else {
            throw Refusal("Give an address with \(option).")
        }
        return url
    }
}

private struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
