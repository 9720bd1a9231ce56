import ArgumentParser
import Foundation
import Signing

/// The key to sign with.
struct SigningKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The key to sign with: a key file, ssh-agent, ssh-agent:NAME, exec:COMMAND or derived. Otherwise $SEAL_KEY, \
            or the only file in your key folder.
            """, valueName: "key"))
    var key: String?
    @Option(help: ArgumentHelp("The public key that exec:COMMAND signs for, in PEM.", valueName: "file"))
    var publicKey: String?
    @Option(help: ArgumentHelp("The account whose key is derived.", valueName: "name"))
    var account: String?
    @OptionGroup var folder: KeyFolderOption
    @OptionGroup var passphrase: PassphraseOptions

    func open() throws -> any Signer { try open(reference()) }

    func open(_ reference: KeyReference) throws -> any Signer {
        try reference.open(
            passphrase: passphrase.source, account: account, publicKey: publicKey,
            agentSocket: ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"])
    }

    /// What the key is called among people.
    func label() throws -> String {
        switch try reference() {
        case .file(let path): try KeyFile(reading: path).label
        case .agent(let selector): selector ?? "ssh-agent"
        case .program: "program"
        case .derived: "derived"
        }
    }

    /// Destroys the key's file.
    ///
    /// - Returns: its path.
    func destroy() throws -> String {
        guard case .file(let path) = try reference() else {
            throw ValidationError("Only a key in a file can be destroyed.")
        }
        try PrivateFile.destroy(path)
        return path
    }

    private func reference() throws -> KeyReference {
        if let text = key ?? ProcessInfo.processInfo.environment["SEAL_KEY"] { return KeyReference(text) }
        let folder = try folder.folder()
        let files = try folder.files()
        switch files.count {
        case 1: return .file(path: files[0])
        case 0:
            throw ValidationError(
                "There is no key in \(folder.path): make one with `seal key new`, or give --key.")
        default:
            throw ValidationError(
                "There are \(files.count) keys in \(folder.path): say with --key which one signs.")
        }
    }
}
