/// Why a private PostgreSQL server could not be started.
package enum ClusterError: Error, Hashable, Sendable {
    /// No directory with `initdb` and `postgres` was found in any of these places.
    case noBinaries(searched: [String])
    /// The cluster was made by another major version than every PostgreSQL found here.
    case wrongVersion(cluster: String, found: [String])
    /// PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`.
    case noUnprivilegedUser
    /// The data belongs to a user as whom this process cannot run PostgreSQL.
    case wrongOwner(path: String, owner: Int)
    /// A file operation failed; `reason` is the system's.
    case file(path: String, reason: String)
    /// A program could not be started.
    case spawn(program: String, reason: String)
    /// `initdb` failed; `log` is the end of what it said.
    case initialization(log: String)
    /// The server ended instead of starting.
    case exited(log: String)
    /// The server did not accept connections in time.
    case notReady(log: String)
    /// Another process starts this cluster and does not come to an end.
    case busy(path: String)
    /// A server for this directory runs, but does not accept connections.
    case occupied(process: Int)
    case database(PostgresError)
}

extension ClusterError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noBinaries(let searched):
            "found no initdb and postgres in \(searched.joined(separator: ", ")); install PostgreSQL (apt install postgresql)"
        case .wrongVersion(let cluster, let found):
            """
            the data was made by PostgreSQL \(cluster), but only \(found.joined(separator: ", ")) is installed; \
            install PostgreSQL \(cluster) or convert the data with pg_upgrade
            """
        case .noUnprivilegedUser:
            "PostgreSQL does not run as root, and there is no user postgres or nobody; start this as another user"
        case .wrongOwner(let path, let owner):
            "\(path) belongs to user \(owner); start this as that user or as root"
        case .file(let path, let reason):
            "\(path): \(reason)"
        case .spawn(let program, let reason):
            "\(program) could not be started: \(reason)"
        case .initialization(let log):
            "initdb failed: \(log)"
        case .exited(let log):
            "PostgreSQL ended while starting: \(log)"
        case .notReady(let log):
            "PostgreSQL does not accept connections: \(log)"
        case .busy(let path):
            "another process is starting the cluster in \(path)"
        case .occupied(let process):
            "process \(process) serves this cluster and does not accept connections; stop it"
        case .database(let cause):
            "the cluster's database could not be made: \(cause)"
        }
    }
}
