import CPostgres

/// How a transaction sees others' changes and whether it may make its own.
package enum TransactionMode: Sendable {
    /// `REPEATABLE READ READ ONLY`: everything read belongs to one moment.
    case snapshot
    /// `READ COMMITTED READ WRITE`: each statement sees what was committed before it.
    case readCommitted
    /// `REPEATABLE READ READ WRITE`.
    case repeatableRead
    /// `SERIALIZABLE READ WRITE`: as if transactions ran one after another.
    case serializable

    fileprivate var statement: String {
        switch self {
        case .snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
        }
    }
}

/// What became of one attempt at a transaction.
enum Attempt<Value: Sendable>: Sendable {
    case committed(Value)
    /// Rolled back for a reason that a new attempt may not meet.
    case lostRace(any Error)
    case failed(any Error)
}

extension Connection {
    func begin(_ mode: TransactionMode) throws(PostgresError) {
        forgetFailure()
        savepointDepth = 0
        try script(mode.statement)
    }

    /// Runs a body in the transaction that `begin` has opened and ends it.
    func finish<Value: Sendable>(_ body: (Connection) throws -> Value) -> Attempt<Value> {
        do {
            let value = try body(self)
            try commit()
            return .committed(value)
        } catch {
            let mayRetry = isLostRace(error)
            if transactionStatus != PQTRANS_IDLE, !isBroken { try? script("ROLLBACK") }
            return mayRetry ? .lostRace(error) : .failed(error)
        }
    }

    private func commit() throws(PostgresError) {
        let tag: String
        do throws(PostgresError) {
            tag = try command("COMMIT")
        } catch .connectionLost(let message) {
            throw .commitOutcomeUnknown(message)
        }
        // A failed transaction answers COMMIT with success and the tag ROLLBACK.
        guard tag == "COMMIT" else { throw .transactionAborted }
    }

    /// Whether the transaction itself was refused for losing against another, whatever the body made of that error.
    private func isLostRace(_ error: any Error) -> Bool {
        guard !isBroken else { return false }
        let thrown = error as? PostgresError
        // "The transaction is aborted" only follows from an earlier refusal.
        let isConsequence = thrown?.sqlState == nil || thrown?.sqlState == "25P02"
        let cause = isConsequence ? failure : thrown
        return cause?.isSerializationFailure == true || cause?.isDeadlock == true || cacheWasStale
    }

    /// Runs a body whose statements are undone, alone, if it throws.
    ///
    /// The transaction stays usable after an error that the caller catches outside.
    @discardableResult
    package func savepoint<Value>(_ body: () throws -> Value) throws -> Value {
        savepointDepth += 1
        defer { savepointDepth -= 1 }
        let name = "p\(savepointDepth)"
        try script("SAVEPOINT \(name)")
        do {
            let value = try body()
            try script("RELEASE SAVEPOINT \(name)")
            return value
        } catch {
            guard !isBroken else { throw error }
            try script("ROLLBACK TO SAVEPOINT \(name); RELEASE SAVEPOINT \(name)")
            if let thrown = error as? PostgresError, thrown.isSerializationFailure || thrown.isDeadlock {
                throw error
            }
            forgetFailure()
            throw error
        }
    }

    /// Sends a notification to every listener when the transaction commits; equal ones are sent once.
    ///
    /// - Parameter payload: under 8 000 bytes.
    package func notify(_ channel: String, payload: String = "") throws(PostgresError) {
        try execute("SELECT pg_notify(\(channel), \(payload))")
    }
}
