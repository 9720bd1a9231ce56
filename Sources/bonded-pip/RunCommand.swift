import ArgumentParser
import Foundation
import Installing
import TUF

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run pip, verified: what a command that is none of the others means.",
        shouldDisplay: false)

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws {
        try reportingRefusals {
            let signals = HeldSignals([SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD])
            let line = try InstallerLine(arguments)
            guard !line.arguments.isEmpty else { throw CleanExit.helpRequest(BondedPip.self) }
            let settings = try Settings()
            let installer = try Installer(named: line.program)
            let state = try settings.state()
            if line.disablesVerification { throw try runUnverified(installer, line, state, signals) }
            let catalog = try settings.catalog(
                state, policy: try settings.installPolicy(require: line.require, allowing: line.allowed),
                // What a run has seen once stays as it is while it lasts.
                freshness: .seconds(60))
            let journal = Journal(say: say)
            let (host, ports) = Self.place(of: settings.stateFolder)
            let running = try RunningProxy(
                catalog, journal: journal, host: host, ports: ports, secret: try state.secret())
            let status = try installer.run(
                line.arguments, environment: installer.environment(for: running, host: host), signals)
            if journal.hasServed { say(journal.summary) }
            if status == 0, let refusal = journal.lastRefusal { throw refusal.exitCode }
            throw ExitCode(status)
        }
    }

    /// As PEP 458 asks: possible, and not to be done by mistake.
    private func runUnverified(
        _ installer: Installer, _ line: InstallerLine, _ state: InstallerState, _ signals: HeldSignals
    ) throws -> ExitCode {
        guard let index = try state.indexes().first else { throw InstallError.noIndexes }
        say("WARNING: VERIFICATION IS OFF. Whoever controls \(index.address), its mirrors or your network")
        say("WARNING: decides what is installed now. Leave out --unsafely-disable-package-verification.")
        let status = try installer.run(
            line.arguments, environment: installer.environment(straightTo: index), signals)
        say("WARNING: nothing of this was verified")
        return ExitCode(status)
    }

    /// An address of this machine that is this user's own, the same each time, so that pip and uv find again what they
    /// keep under it; and some ports, for several runs at once.
    private static func place(of stateFolder: String) -> (host: String, ports: [Int]) {
        let digest = Digest.sha256(Array("\(getuid()) \(stateFolder)".utf8)).map(Int.init)
        let host = "127.\(1 + digest[0] % 254).\(digest[1]).\(1 + digest[2] % 254)"
        let first = 20_000 + (digest[3] << 8 | digest[4]) % 10_000
        return (host, Array(first..<first + 64) + [0])
    }
}
