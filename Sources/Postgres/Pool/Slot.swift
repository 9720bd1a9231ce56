import CPostgres
import Dispatch

/// One place in the pool: a queue of its own and the connection that lives on it, made when first needed.
///
/// `@unchecked Sendable`: `connection` is touched only by work on `queue`, which runs one at a time.
final class Slot: @unchecked Sendable {
    private let queue = DispatchQueue(label: "bonded.postgres.connection")
    private let parameters: ConnectionParameters
    private let settings: DatabaseSettings
    private var connection: Connection?

    init(_ parameters: ConnectionParameters, settings: DatabaseSettings) {
        self.parameters = parameters
        self.settings = settings
    }

    /// Runs blocking work on the queue while the caller is suspended.
    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable (Slot) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work(self)) }
        }
    }

    /// Makes one attempt at a transaction, on a new connection if the old one is gone.
    func attempt<Value: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (Connection) throws -> Value
    ) async -> Attempt<Value> {
        await onQueue { slot in
            do {
                let connection = try slot.begin(mode)
                let outcome = connection.finish(body)
                slot.dropUnlessIdle()
                return outcome
            } catch {
                slot.connection = nil
                return .failed(error)
            }
        }
    }

    /// Opens a transaction. Nothing of the body has run yet, so a dead connection is replaced without a trace.
    private func begin(_ mode: TransactionMode) throws(PostgresError) -> Connection {
        if let connection, connection.seemsAlive, (try? connection.begin(mode)) != nil { return connection }
        connection = nil
        let fresh = try Connection(parameters, settings: settings)
        connection = fresh
        try fresh.begin(mode)
        return fresh
    }

    /// Opens the connection that `runKeeping` uses from then on.
    func open() async throws(PostgresError) {
        let outcome: Result<Void, PostgresError> = await onQueue { slot in
            Result { () throws(PostgresError) in
                slot.connection = try Connection(slot.parameters, settings: slot.settings)
            }
        }
        try outcome.get()
    }

    /// Runs a body on the one connection this slot has; a lost one is never replaced.
    func runKeeping<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async -> Result<Value, any Error> {
        await onQueue { slot in
            Result {
                let value = try body(try slot.keptConnection())
                // What the body made of a loss does not matter: whoever holds a lock by this connection must know.
                _ = try slot.keptConnection()
                return value
            }
        }
    }

    func attemptKeeping<Value: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (Connection) throws -> Value
    ) async -> Attempt<Value> {
        await onQueue { slot in
            do {
                let connection = try slot.keptConnection()
                try connection.begin(mode)
                return connection.finish(body)
            } catch {
                return .failed(error)
            }
        }
    }

    private func keptConnection() throws(PostgresError) -> Connection {
        guard let connection else { throw .closed }
        guard connection.seemsAlive else { throw .connectionLost("the session's connection is gone") }
        return connection
    }

    private func dropUnlessIdle() {
        guard let connection else { return }
        if connection.isBroken || connection.transactionStatus != PQTRANS_IDLE { self.connection = nil }
    }

    func close() async {
        await onQueue { $0.connection = nil }
    }
}
