import ArgumentParser

@main
struct BondedPip: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bonded-pip",
        abstract: "pip, with everything that it installs verified.",
        usage: """
            bonded-pip [--require LEVEL] [--allow NAME] [--with PROGRAM] install|download|wheel|… ARGUMENTS
            bonded-pip trust add|list|remove|forget
            bonded-pip proxy [--listen HOST:PORT]
            bonded-pip explain PROJECT==VERSION
            """,
        discussion: """
            Runs the pip that is on PATH, or uv, against a proxy of its own on this machine. The proxy hands on no page \
            and no file before it is verified from the roots of the indexes that you trust (TUF, PEP 458 and PEP 480). \
            Begin with: bonded-pip trust add https://…/simple/ --root root.json

            Options of its own may stand anywhere before a `--`; everything else is pip's:
              --require LEVEL   who must vouch for a file: `index` (the default), `claim` (the project's maintainers), \
            `maintainers` (the same, and keys that are kept offline name theirs)
              --allow NAME      a project that --require does not go for; may be repeated
              --with PROGRAM    `uv`, or another pip
              --unsafely-disable-package-verification
                                run pip straight against your first index, and verify nothing

            Settings for good: ~/.config/bonded/pip.yaml; config/pip.yaml explains them.

            Exit status: that of pip, 128+n where signal n ended it; 64 wrong usage, 69 an index cannot be reached, \
            76 something does not verify, 77 refused by policy, 78 wrong settings.
            """,
        subcommands: [TrustCommand.self, ProxyCommand.self, ExplainCommand.self, RunCommand.self],
        defaultSubcommand: RunCommand.self)
}
