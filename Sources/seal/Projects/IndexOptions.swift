import ArgumentParser
import Foundation
import HTTPClient
import Sealing
import Signing
import TUF

/// Which index, as whom, and the root that everything is verified from. Each option has an environment variable, so
/// that a shell is set up once.
struct IndexOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The index's address. Otherwise $SEAL_INDEX.", valueName: "url"))
    var index: String?

    @Option(
        help: ArgumentHelp("The trusted root's metadata. Otherwise $SEAL_ROOT.", valueName: "file"))
    var root: String?

    @Option(
        help: ArgumentHelp(
            "A file with your account's token. Otherwise the token itself is in $SEAL_TOKEN.",
            valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Send the token without TLS to another machine, too.")
    var plainHttp = false

    func connect() throws -> IndexConnection {
        let address = try required(index, "SEAL_INDEX", "--index", "the index's address")
        let connection = try IndexConnection(address: address, token: token(), client: HTTPClient())
        let isLocal = ["127.0.0.1", "::1", "localhost"].contains(connection.address.host ?? "")
        guard plainHttp || isLocal || connection.address.scheme == "https" else {
            throw ValidationError(
                "\(connection.address) would get your token without TLS: use https, or add --plain-http.")
        }
        return connection
    }

    func desk() throws -> MaintainerDesk {
        let connection = try connect()
        let path = try required(root, "SEAL_ROOT", "--root", "the trusted root, such as 1.root.json")
        let now: @Sendable () -> MetadataTime = { MetadataTime(secondsSinceEpoch: time(nil)) }
        let sealed = try SealedIndex(
            trustedRoot: try PrivateFile.bytes(of: path, maxBytes: 512_000, forbidding: .nobody),
            address: connection.address, folder: try trustFolder(), client: connection.client, now: now)
        return MaintainerDesk(index: connection, sealed: sealed, now: now)
    }

    private func token() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let text: String
        if let tokenFile {
            let bytes = try PrivateFile.bytes(of: tokenFile, maxBytes: 4096, forbidding: .others)
            text = String(decoding: bytes, as: UTF8.self)
        } else if let token = environment["SEAL_TOKEN"] {
            text = token
        } else {
            throw ValidationError("There is no token: give --token-file, or set SEAL_TOKEN.")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("That is no token: it has spaces or other characters that no token has.")
        }
        return token
    }

    private func required(
        _ option: String?, _ variable: String, _ name: String, _ what: String
    ) throws -> String {
        if let value = option ?? ProcessInfo.processInfo.environment[variable], !value.isEmpty {
            return value
        }
        throw ValidationError("Which index? Give \(what) with \(name), or set \(variable).")
    }

    private func trustFolder() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/bonded/trust" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw ValidationError("There is no HOME to remember in what was verified.")
        }
        return home + "/.local/share/bonded/trust"
    }
}

/// The key to sign with.
struct SigningKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The key to sign with. Otherwise $SEAL_KEY, or the only file in your key folder.",
            valueName: "file"))
    var key: String?
    @OptionGroup var folder: KeyFolderOption
    @OptionGroup var passphrase: PassphraseOptions

    func open() throws -> any Signer { try open(try path()) }

    func open(_ path: String) throws -> any Signer {
        let file = try KeyFile(reading: path)
        return try file.open(with: passphrase.source.existing(for: "the key '\(file.label)'"))
    }

    func label() throws -> String { try KeyFile(reading: try path()).label }

    private func path() throws -> String {
        if let path = key ?? ProcessInfo.processInfo.environment["SEAL_KEY"] { return path }
        let folder = try folder.folder()
        let files = try folder.files()
        switch files.count {
        case 1: return files[0]
        case 0:
            throw ValidationError(
                "There is no key in \(folder.path): make one with `seal key new`, or give --key.")
        default:
            throw ValidationError(
                "There are \(files.count) keys in \(folder.path): say with --key which one signs.")
        }
    }
}
