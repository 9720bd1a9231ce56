package import Logging
import Synchronization

/// A PostgreSQL database: a bounded pool of connections, dedicated sessions, and notifications.
///
/// Bodies run on a queue of their connection, never on Swift's cooperative pool, and may block in SQL. They may
/// run more than once: nothing they do outside the database may depend on running exactly once.
package final class Database: Sendable {
    let parameters: ConnectionParameters
    let settings: DatabaseSettings
    let logger: Logger
    private let pool: Pool

    /// Checks the connection string; connects when first used.
    ///
    /// - Parameter connectionString: libpq's; with several hosts the one that accepts writes is used.
    /// - Throws: `.malformedConnectionString`.
    package convenience init(connectionString: String, poolSize: Int = 8, logger: Logger)
        throws(PostgresError)
    {
        var settings = DatabaseSettings()
        settings.poolSize = poolSize
        try self.init(connectionString: connectionString, settings: settings, logger: logger)
    }

    package convenience init(
        connectionString: String, settings: DatabaseSettings, logger: Logger
    ) throws(PostgresError) {
        self.init(
            try ConnectionParameters(connectionString, settings: settings), settings: settings, logger: logger
        )
    }

    package init(_ parameters: ConnectionParameters, settings: DatabaseSettings, logger: Logger) {
        self.parameters = parameters
        self.settings = settings
        self.logger = logger
        pool = Pool(parameters, settings: settings)
    }

    package var poolStatistics: PoolStatistics { pool.statistics }

    /// Runs a body in a read-only transaction; everything it reads belongs to one moment.
    ///
    /// - Throws: what the body throws; `.connection`, `.poolExhausted`, `.closed`; `CancellationError` while waiting
    ///   for a connection.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await transaction(.snapshot, body)
    }

    /// Runs a body in a transaction; commits when it returns, rolls back when it throws.
    ///
    /// Run again, with a pause, when it lost a race against another transaction (serialization failure, deadlock).
    /// A connection found dead before the body's start is replaced unnoticed; one lost later is the caller's matter.
    ///
    /// - Throws: what the body throws; as `read`, and `.connectionLost`, `.commitOutcomeUnknown`,
    ///   `.transactionAborted`.
    @discardableResult
    package func transaction<Value: Sendable>(
        _ mode: TransactionMode = .readCommitted, _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await Retry(settings: settings, logger: logger).run {
            let slot = try await self.pool.acquire()
            let outcome = await slot.attempt(mode, body)
            await self.pool.release(slot)
            return outcome
        }
    }

    /// Opens a connection of the caller's own, outside the pool.
    ///
    /// - Throws: `.connection`.
    package func session() async throws(PostgresError) -> Session {
        let slot = Slot(parameters, settings: settings)
        try await slot.open()
        return Session(slot, retry: Retry(settings: settings, logger: logger))
    }

    /// Asks the server for a sign of life.
    package func ping() async throws {
        _ = try await read { try $0.execute("SELECT 1") }
    }

    /// Closes idle connections now and others when their work is done; later calls throw `.closed`.
    package func close() async {
        await pool.close()
    }
}

/// Tries a transaction again while it loses races, with growing random pauses.
struct Retry: Sendable {
    let settings: DatabaseSettings
    let logger: Logger

    func run<Value: Sendable>(_ attempt: @Sendable () async throws -> Attempt<Value>) async throws -> Value {
        var retries = 0
        while true {
            switch try await attempt() {
            case .committed(let value): return value
            case .failed(let error): throw error
            case .lostRace(let error):
                guard retries < settings.maxRetries else { throw error }
                retries += 1
                logger.debug("transaction lost a race, trying again", metadata: ["retry": "\(retries)"])
                let longest = 4 << retries
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...longest)))
            }
        }
    }
}
