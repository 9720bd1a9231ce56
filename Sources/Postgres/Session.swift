/// One connection of the caller's own, for what belongs to a connection: advisory locks, temporary tables, settings.
///
/// Never reconnects: once the connection is lost every call throws `.connectionLost`, and whatever hung on it
/// (the lock) is gone. Work is done in the order of the calls.
package final class Session: Sendable {
    private let slot: Slot
    private let retry: Retry

    init(_ slot: Slot, retry: Retry) {
        self.slot = slot
        self.retry = retry
    }

    /// Runs a body outside any transaction: each of its statements commits alone.
    ///
    /// - Throws: what the body throws; `.connectionLost`, `.closed`.
    @discardableResult
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await slot.runKeeping(body).get()
    }

    /// Runs a body in a transaction on this connection, as ``Database/transaction(_:_:)`` does.
    ///
    /// - Throws: what the body throws; `.connectionLost`, `.commitOutcomeUnknown`, `.transactionAborted`, `.closed`.
    @discardableResult
    package func transaction<Value: Sendable>(
        _ mode: TransactionMode = .readCommitted, _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await retry.run { await self.slot.attemptKeeping(mode, body) }
    }

    /// Asks the server for a sign of life; throws if the connection is gone.
    package func ping() async throws {
        _ = try await run { try $0.execute("SELECT 1") }
    }

    /// Ends the connection, and with it whatever the server kept for it.
    package func close() async {
        await slot.close()
    }
}
