import Glibc
package import HTTPMessage

/// What a server listens on and what it allows. Every limit is ours; HTTP sets none.
package struct ServerConfiguration: Sendable {
    /// A host name or address; `::` takes IPv4 too.
    package var host: String
    /// 0 takes any free port.
    package var port: Int
    /// Event loops, one thread each.
    package var loops: Int
    /// Open connections in all.
    package var maxConnections = 20_000
    /// Open connections from one IPv4 address or one IPv6 /64. Behind a proxy all come from one address.
    package var maxConnectionsPerAddress = 2_000
    package var limits = RequestLimits()
    /// For a whole request head, from the first byte (or from the accept, for the first request).
    package var headTimeout = Duration.seconds(10)
    /// How long a body may take for `minimumRate` × this many bytes.
    package var bodyTimeout = Duration.seconds(30)
    /// How long a kept connection waits for the next request.
    package var idleTimeout = Duration.seconds(75)
    /// How long a client may take to accept `minimumRate` × this many bytes of a response.
    package var writeTimeout = Duration.seconds(30)
    /// Bytes per second below which a body or a response counts as stalled, ≥ 1.
    package var minimumRate = 128
    /// How long a refused client may go on sending before it is cut off.
    package var lingerTimeout = Duration.seconds(30)
    /// The `Server` field.
    package var serverName = "bonded"
    package var accessLog: AccessLog?

    package init(host: String = "127.0.0.1", port: Int = 0, loops: Int = ServerConfiguration.cores) {
        self.host = host
        self.port = port
        self.loops = max(1, loops)
    }

    /// Processors online.
    package static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

/// Why a server could not start.
package enum ServerError: Error, Hashable, Sendable {
    /// `host` names no address.
    case unknownHost(String)
    case cannotListen(host: String, port: Int, errno: Int32)
    /// A system call that has no business failing did.
    case system(call: String, errno: Int32)
    case alreadyStarted
}

extension ServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownHost(let host): "'\(host)' is no address of this machine"
        case .cannotListen(let host, let port, let errno):
            "cannot listen at \(host) port \(port): \(String(cString: strerror(errno)))"
        case .system(let call, let errno): "\(call) failed: \(String(cString: strerror(errno)))"
        case .alreadyStarted: "the server was started before"
        }
    }
}
