import CPostgres
import Postgres
import Testing

extension Connection {
    /// Runs one statement on another connection to the same database, which commits before this returns.
    ///
    /// Blocks, as is right on a connection's queue: a body cannot wait for Swift's tasks.
    func executeElsewhere(_ text: String) throws {
        let row = try #require(
            try one(
                "SELECT split_part(current_setting('unix_socket_directories'), ',', 1), current_database()::text"
            ))
        let host: String = try row[0]
        let name: String = try row[1]
        let other = PQconnectdb("host=\(host) dbname=\(name) user=bonded")
        defer { PQfinish(other) }
        let result = PQexec(other, text)
        defer { PQclear(result) }
        try #require(PQresultStatus(result) == PGRES_COMMAND_OK)
    }
}
