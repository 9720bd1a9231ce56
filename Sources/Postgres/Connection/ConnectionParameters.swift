import CPostgres
import Glibc

/// A checked connection string, completed with our defaults. Its description hides the password.
package struct ConnectionParameters: Sendable {
    private let options: [(keyword: String, value: String)]
    private let secrets: [String]

    /// - Parameter string: a libpq connection string or URI, several hosts allowed.
    /// - Throws: `.malformedConnectionString`.
    /// - Source: PostgreSQL documentation, "Database Connection Control Functions".
    package init(_ string: String, settings: DatabaseSettings = DatabaseSettings()) throws(PostgresError) {
        var given = try Self.parse(string)
        secrets = ["password", "sslpassword"].compactMap { given[$0] }.filter { !$0.isEmpty }
        let hostCount = (given["host"] ?? given["hostaddr"] ?? "").split(separator: ",").count
        if hostCount > 1, given["target_session_attrs"] == nil, getenv("PGTARGETSESSIONATTRS") == nil {
            given["target_session_attrs"] = "read-write"
        }
        let seconds = max(2, settings.connectTimeout.components.seconds)
        let defaults = [
            "application_name": settings.applicationName, "connect_timeout": String(seconds),
            "keepalives": "1",
            "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
            "tcp_user_timeout": "60000",
        ]
        given.merge(defaults) { given, _ in given }
        // What rows and parameters are made of; a connection string cannot choose otherwise.
        given["client_encoding"] = "UTF8"
        options = given.sorted { $0.key < $1.key }.map { (keyword: $0.key, value: $0.value) }
    }

    private static func parse(_ string: String) throws(PostgresError) -> [String: String] {
        guard !string.utf8.contains(0) else { throw .malformedConnectionString }
        var message: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(message) }
        guard let first = PQconninfoParse(string, &message) else { throw .malformedConnectionString }
        defer { PQconninfoFree(first) }
        var found: [String: String] = [:]
        var option = first
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { found[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return found
    }

    /// Opens a connection, waiting for at most the connect timeout of each host.
    ///
    /// - Returns: a `PGconn` to be checked with `PQstatus` and finished by the caller; `nil` if out of memory.
    func connect() -> OpaquePointer? {
        let keywords = options.map { strdup($0.keyword) }
        let values = options.map { strdup($0.value) }
        defer { for text in keywords + values { free(text) } }
        let keywordList = keywords.map { UnsafePointer($0) } + [nil]
        let valueList = values.map { UnsafePointer($0) } + [nil]
        return PQconnectdbParams(keywordList, valueList, 0)
    }

    /// A message of libpq's without the password, on one line.
    func redact(_ message: String) -> String {
        var text = message
        for secret in secrets { text = text.replacing(secret, with: "***") }
        return text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == "\t" } }.joined(separator: "; ")
    }

    /// Another database on the same server.
    package func replacingDatabase(_ name: String) -> ConnectionParameters {
        ConnectionParameters(
            options: options.filter { $0.keyword != "dbname" } + [(keyword: "dbname", value: name)],
            secrets: secrets)
    }

    private init(options: [(keyword: String, value: String)], secrets: [String]) {
        self.options = options
        self.secrets = secrets
    }

    /// A value quoted for a connection string.
    package static func quote(_ value: String) -> String {
        "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}

extension ConnectionParameters: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let shown = options.filter { ["host", "hostaddr", "port", "dbname", "user"].contains($0.keyword) }
        return shown.map { "\($0.keyword)=\($0.value)" }.joined(separator: " ")
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(reflecting: description) }
}
