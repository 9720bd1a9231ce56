import ArgumentParser

/// The program of the people who sign. It needs no network and no index.
@main
struct Seal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Make keys and sign metadata, offline.",
        discussion: """
            Passphrases come from a file, from an environment variable or from the terminal, never from an \
            argument.

            Exit codes: 0 done; 1 a file or the system refused; 64 wrong arguments; 65 the plan, key file or \
            bundle is not usable; 77 wrong passphrase; 130 interrupted.
            """,
        version: "seal 0.1.0",
        subcommands: [CeremonyCommand.self, KeyCommand.self])
}
