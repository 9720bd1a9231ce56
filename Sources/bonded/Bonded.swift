import ArgumentParser

@main
struct Bonded: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bonded",
        abstract: "A Python package index that keeps every page and file under TUF metadata.",
        discussion: """
            To try it:      deploy/run
            In production:  bonded migrate, bonded init BUNDLE, then bonded serve and bonded sign, each as a
                            service of its own. README.md shows the way.
            """,
        version: "0.1.0",
        subcommands: [
            Serve.self, Sign.self, Migrate.self, Initialize.self, Import.self, AdminCommand.self,
            AuditCommand.self, SnapshotCommand.self, RecoverCommand.self, LogCommand.self, Develop.self,
        ])
}
