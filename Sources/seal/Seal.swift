import ArgumentParser

/// The program of the people who sign. Keys and ceremonies need no network and no index.
@main
struct Seal: ParsableCommand {
    static let software = "seal 0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Make keys and sign: your projects on an index, or the index's own metadata, offline.",
        discussion: """
            To begin: seal key new, seal key register, then seal claim PROJECT or seal publish --claim dist/*.

            Passphrases come from a file, from an environment variable or from the terminal, never from an \
            argument. SEAL_INDEX, SEAL_ROOT, SEAL_TOKEN and SEAL_KEY stand for --index, --root, --token-file's \
            content and --key.

            Exit codes: 0 done; 1 refused by the index, a file or the system, or not confirmed; 64 wrong arguments; \
            65 the plan, key file, contribution, draft, bundle, backup or distribution is not usable; 69 the index cannot be reached; 76 what the \
            index says does not verify, and nothing was signed; 77 wrong passphrase; 130 interrupted.
            """,
        version: software,
        groupedSubcommands: [
            CommandGroup(name: "Key", subcommands: [KeyCommand.self]),
            CommandGroup(
                name: "Project",
                subcommands: [
                    Claim.self, Publish.self, Pending.self, Cosign.self, Drop.self, MaintainersCommand.self,
                    Threshold.self, Refresh.self, Yank.self, Unyank.self, Remove.self,
                ]),
            CommandGroup(name: "Index", subcommands: [CeremonyCommand.self, Sign.self]),
        ])
}
