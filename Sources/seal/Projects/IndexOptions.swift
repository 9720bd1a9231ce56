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
        let now: @Sendable () -> MetadataTime = { MetadataTime(secondsSinceEpoch: time(nil)) }
        let sealed = try SealedIndex(
            trustedRoot: try trustedRoot(),
            address: connection.address, folder: try trustFolder(), client: connection.client, now: now)
        return MaintainerDesk(index: connection, sealed: sealed, now: now)
    }

    func trustedRoot() throws -> [UInt8] {
        let path = try required(root, "SEAL_ROOT", "--root", "the trusted root, such as 1.root.json")
        return try PrivateFile.bytes(of: path, maxBytes: 512_000, forbidding: .nobody)
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
        throw ValidationError("Give \(what) with \(name), or set \(variable).")
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
