import TUF

/// What a person names as the key to sign with.
package enum KeyReference: Hashable, Sendable {
    /// A key file.
    case file(path: String)
    /// `ssh-agent`, or `ssh-agent:` and a comment or fingerprint.
    case agent(selector: String?)
    /// `exec:` and a command.
    case program(command: String)
    /// `derived`: made anew from a passphrase each time.
    case derived

    package init(_ text: String) {
        if text == "derived" {
            self = .derived
        } else if text == "ssh-agent" {
            self = .agent(selector: nil)
        } else if text.hasPrefix("ssh-agent:") {
            self = .agent(selector: String(text.dropFirst("ssh-agent:".count)))
        } else if text.hasPrefix("exec:") {
            self = .program(command: String(text.dropFirst("exec:".count)))
        } else {
            self = .file(path: text)
        }
    }

    /// - Parameters:
    ///   - source: of the passphrase of a key file or a derived key.
    ///   - account: whose key is derived.
    ///   - publicKey: of a program's key: a file in PEM, or the key object of TUF metadata.
    ///   - agentSocket: what `SSH_AUTH_SOCK` says.
    /// - Throws: `.missing` for a parameter that this kind of key needs; what opening the key throws. On a terminal
    ///   a wrong passphrase is asked for again, twice.
    package func open(
        passphrase source: PassphraseSource, account: String?, publicKey: String?, agentSocket: String?
    ) throws(SigningError) -> any Signer {
        switch self {
        case .file(let path):
            return try Self.open(KeyFile(reading: path), source)
        case .agent(let selector):
            if selector == "" {
                throw .missing("ssh-agent: wants a key's comment or fingerprint after the colon")
            }
            guard let agentSocket else {
                throw .missing("SSH_AUTH_SOCK is not set: is an ssh-agent running?")
            }
            return try AgentSigner(socket: agentSocket, selector: selector)
        case .program(let command):
            if command.isEmpty { throw .missing("exec: wants a command after the colon") }
            guard let publicKey else {
                throw .missing("a program signs for a public key: name its file with --public-key")
            }
            return ProgramSigner(command: command, publicKey: try PublicKey(reading: publicKey))
        case .derived:
            guard let account else { throw .missing("a derived key is an account's: name it with --account") }
            return try SecretKey(
                derivedFrom: source.existing(for: "the derived key of \(account)"), account: account)
        }
    }

    private static func open(_ file: KeyFile, _ source: PassphraseSource) throws(SigningError) -> SecretKey {
        var attemptsLeft = source == .terminal ? 3 : 1
        while true {
            do throws(SigningError) {
                return try file.open(with: source.existing(for: "the key '\(file.label)'"))
            } catch {
                attemptsLeft -= 1
                guard case .wrongPassphrase = error, attemptsLeft > 0 else { throw error }
            }
        }
    }
}
