import Dispatch
import HTTPServer
import Installing
import Logging

/// The verifying proxy, listening.
final class RunningProxy {
    /// Of its `/simple/`, secret and all.
    let address: String
    /// What other requests of a client are to go to.
    let origin: String
    private let server: Server

    /// Clients that wait at once; each may hold a thread.
    private static let width = 64

    /// - Parameters:
    ///   - ports: the first that is free is taken; 0 is any.
    ///   - secret: the first segment of every path; nil for none.
    /// - Throws: `ServerError` of the last port.
    init(_ catalog: Catalog, journal: Journal, host: String, ports: [Int], secret: String?) throws {
        var logger = Logger(label: "bonded-pip") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let pool = BlockingPool(label: "bonded-pip", width: Self.width)
        let name = host.contains(":") ? "[\(host)]" : host
        var failure: ServerError?
        for port in ports {
            var configuration = ServerConfiguration(host: host, port: port, loops: 1)
            configuration.serverName = "bonded-pip"
            do throws(ServerError) {
                let server = try Server(
                    configuration: configuration,
                    handler: VerifyingProxy(
                        catalog, journal: journal, pool: pool, secret: secret, host: name),
                    logger: logger)
                try server.start()
                self.server = server
                origin = "http://\(name):\(server.port)"
                address = origin + (secret.map { "/\($0)" } ?? "") + "/simple/"
                return
            } catch { failure = error }
        }
        throw failure ?? .cannotListen(host: host, port: 0, errno: 0)
    }

    /// Finishes what is under way, within a few seconds.
    func stop() {
        let stopped = DispatchSemaphore(value: 0)
        Task { [server] in
            await server.drain(timeout: .seconds(5))
            stopped.signal()
        }
        stopped.wait()
    }
}
