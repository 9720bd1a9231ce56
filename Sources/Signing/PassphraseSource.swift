/// Where a program takes a passphrase from. A command line argument is none: other users can read those.
package enum PassphraseSource: Hashable, Sendable {
    case file(path: String)
    case environment(variable: String)
    case terminal

    /// The passphrase of a key that exists.
    package func existing(for label: String) throws(SigningError) -> Passphrase {
        switch self {
        case .file(let path): try Passphrase(file: path)
        case .environment(let variable): try Passphrase(environmentVariable: variable)
        case .terminal: try TerminalPrompt().ask("Passphrase for \(label)")
        }
    }

    /// The passphrase for a key that is being made; the terminal asks for it twice.
    package func new(for label: String) throws(SigningError) -> Passphrase {
        switch self {
        case .file, .environment: try existing(for: label)
        case .terminal: try TerminalPrompt().askTwice("New passphrase for \(label)")
        }
    }
}
