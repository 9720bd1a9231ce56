import ArgumentParser
import Foundation
import HTTPServer
import Installing
import Logging

struct ProxyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Run the verifying proxy alone, for uv, poetry, pdm, image builds, a whole CI fleet.",
        discussion: """
            Clients point at http://HOST:PORT/simple/ as their only index. A file is handed on once it is whole and \
            verified, so that a client's own timeout must be long enough for the largest one. Ctrl-C stops it.
            """)

    @Option(help: ArgumentHelp("Where to listen; port 0 takes any that is free.", valueName: "host:port"))
    var listen = "127.0.0.1:8480"
    @Option(help: "Who must vouch for what is handed on.")
    var require: RequiredVouching?
    @Option(
        help: ArgumentHelp("A project that --require does not go for; may be repeated.", valueName: "name"))
    var allow: [String] = []

    func run() throws {
        try reportingRefusals {
            let signals = HeldSignals([SIGINT, SIGTERM])
            let (host, port) = try address()
            let settings = try Settings()
            let policy = try settings.installPolicy(require: require, allowing: allow)
            // An upload that was answered is there for an install that begins a second later.
            let catalog = try settings.catalog(try settings.state(), policy: policy, freshness: .seconds(1))
            let journal = Journal(say: say)
            let running = try RunningProxy(
                catalog, journal: journal, host: host, ports: [port], secret: nil)
            FileHandle.standardOutput.write(Data("listening at \(running.address)\n".utf8))
            _ = signals.next()
            running.stop()
            say(journal.summary)
        }
    }

    private func address() throws -> (host: String, port: Int) {
        guard let parts = URLComponents(string: "http://\(listen)"), let host = parts.host,
            let port = parts.port,
            parts.path.isEmpty
        else { throw ValidationError("'\(listen)' is not HOST:PORT.") }
        return (host.trimmingCharacters(in: ["[", "]"]), port)
    }
}
