/// Limits of a database's connections. The defaults are ours.
package struct DatabaseSettings: Sendable {
    /// Connections of the pool; sessions and listeners have their own.
    package var poolSize = 8
    /// How long a caller waits for a free connection before `.poolExhausted`.
    package var poolTimeout: Duration = .seconds(10)
    /// Callers that may wait at once; the next gets `.poolExhausted` at once.
    package var maxPoolWaiters = 10_000
    package var connectTimeout: Duration = .seconds(10)
    /// The server cancels a statement that takes longer; zero for no limit.
    package var statementTimeout: Duration = .seconds(30)
    /// The server ends a connection that leaves a transaction open and idle for longer; zero for no limit.
    package var idleInTransactionTimeout: Duration = .seconds(60)
    package var applicationName = "bonded"
    /// How often a transaction that lost a race (serialization failure, deadlock) is tried again.
    package var maxRetries = 5

    package init() {}
}

extension DatabaseSettings {
    /// What every new connection is told first.
    var sessionStatements: String {
        """
        SET statement_timeout = \(Self.milliseconds(statementTimeout));
        SET idle_in_transaction_session_timeout = \(Self.milliseconds(idleInTransactionTimeout));
        SET TimeZone = 'UTC'
        """
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        let clamped = min(max(seconds, 0), 2_000_000)
        return Int(clamped) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
