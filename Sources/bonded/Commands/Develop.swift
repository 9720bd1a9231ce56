import ArgumentParser
import Foundation

struct Develop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a whole index of one's own in one folder, for trying it out.",
        discussion: """
            Starts a private PostgreSQL cluster, holds a development ceremony (all keys on this machine: never for
            production), then runs `bonded serve` and `bonded sign` until SIGINT or SIGTERM. Started again on the
            same folder it goes on where it was. deploy/run builds and calls this.
            """)

    @Option(help: "The folder that holds everything.")
    var dataDir: String

    @Option(
        help: "ADDRESS:PORT to serve at; port 0 takes a free one.",
        transform: { text in
            guard let address = ListenAddress(text) else {
                throw ValidationError("'\(text)' is not ADDRESS:PORT, such as 127.0.0.1:8080")
            }
            return address
        })
    var listen = ListenAddress("127.0.0.1:8080")!

    @Option(help: "The folder of the migrations.")
    var migrations = "Migrations"

    @Option(help: "Number of hash bins of a new index, a power of two.")
    var bins = 16

    @Flag(help: "Do not start the snapshot process: uploads are recorded and wait.")
    var noSign = false

    func run() async throws {
        let folder = try DevelopmentFolder(path: dataDir)
        let index = DevelopmentIndex(
            folder: folder, listen: listen, migrations: migrations, bins: bins, signs: !noSign)
        try await index.run()
    }
}
