/// Why the database did not do what it was asked.
///
/// No case carries a password or a connection string. `server` may quote data of the failed row, and SQL never.
package enum PostgresError: Error, Hashable, Sendable {
    /// No connection could be made; nothing was sent.
    case connection(String)
    /// A connection in use went away. An open transaction was rolled back by the server.
    case connectionLost(String)
    /// The connection went away during COMMIT: the transaction may or may not have happened.
    case commitOutcomeUnknown(String)
    /// The server refused a statement.
    ///
    /// - `sqlState`: five characters, PostgreSQL appendix A.
    case server(sqlState: String, message: String, detail: String?, constraint: String?)
    /// The body returned although one of its statements had failed, so COMMIT became ROLLBACK.
    case transactionAborted
    /// A column's value is not of the requested type, or NULL, or out of its range.
    case decoding(column: String, reason: String)
    /// The result has no such column.
    case noSuchColumn(String)
    /// More than 65 535 bound values in one statement.
    case tooManyParameters(Int)
    /// `COPY` into a column whose type cannot take the value.
    case copyType(column: String, typeID: UInt32)
    /// `COPY` with a row of the wrong width.
    case copyRowWidth(expected: Int, actual: Int)
    /// No connection became free in time.
    case poolExhausted(size: Int)
    /// The database, session or connection was closed.
    case closed
    /// The connection string is malformed. What is wrong in it is not repeated: it may hold a password.
    case malformedConnectionString
    /// libpq broke its own rules (out of memory, an unexpected result).
    case protocolViolation(String)
}

extension PostgresError {
    /// The server's error code, if the server refused a statement.
    package var sqlState: String? {
        if case .server(let sqlState, _, _, _) = self { sqlState } else { nil }
    }

    /// The violated constraint's name, if the server named one.
    package var constraint: String? {
        if case .server(_, _, _, let constraint) = self { constraint } else { nil }
    }

    package var isUniqueViolation: Bool { sqlState == "23505" }
    package var isForeignKeyViolation: Bool { sqlState == "23503" }
    package var isCheckViolation: Bool { sqlState == "23514" }
    package var isNotNullViolation: Bool { sqlState == "23502" }
    package var isSerializationFailure: Bool { sqlState == "40001" }
    package var isDeadlock: Bool { sqlState == "40P01" }
    /// A statement ran into `statement_timeout`, or was cancelled by an operator.
    package var isCancelled: Bool { sqlState == "57014" }
    /// `FOR UPDATE NOWAIT` or `lock_timeout`.
    package var isLockNotAvailable: Bool { sqlState == "55P03" }

    /// Whether the database could not be reached, as opposed to having refused something.
    package var isUnavailable: Bool {
        switch self {
        case .connection, .connectionLost, .commitOutcomeUnknown, .poolExhausted, .closed: true
        case .server, .transactionAborted, .decoding, .noSuchColumn, .tooManyParameters, .copyType,
            .copyRowWidth,
            .malformedConnectionString, .protocolViolation:
            false
        }
    }
}
