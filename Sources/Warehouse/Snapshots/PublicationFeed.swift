import Dispatch
package import Logging
package import Postgres
import Synchronization

/// Tells a serving process when something new is public, and those who wait for a transaction when it is.
package final class PublicationFeed: Sendable {
    private struct State {
        var isLive = false
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
    }

    private struct Waiter {
        let transaction: Int
        let resume: CheckedContinuation<Int?, Never>
    }

    private let database: Database
    private let logger: Logger
    private let onChange: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameter onChange: called before anyone who waits is told, so that what was kept of the older snapshot
    ///   can be dropped first; also whenever changes may have been missed.
    package init(database: Database, logger: Logger, onChange: @escaping @Sendable () -> Void) {
        self.database = database
        self.logger = logger
        self.onChange = onChange
    }

    /// Whether every change reaches this process at once. While it does not, nothing may be served from memory.
    package var isLive: Bool { state.withLock(\.isLive) }

    /// Listens until the task is cancelled.
    package func run() async {
        for await event in database.listen(channels: [Channel.published]) {
            switch event {
            case .interrupted:
                state.withLock { $0.isLive = false }
                onChange()
            case .listening, .reconnected:
                onChange()
                state.withLock { $0.isLive = true }
                await tellWaiters()
            case .message:
                onChange()
                await tellWaiters()
            }
        }
        let left = state.withLock { state in
            state.isLive = false
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        left.forEach { $0.resume.resume(returning: nil) }
    }

    /// Waits until a transaction is public.
    ///
    /// - Returns: the version of the first snapshot that carries it; nil if that takes longer than `limit`.
    package func publication(of transaction: Int, within limit: Duration) async -> Int? {
        await withCheckedContinuation { continuation in
            let number = state.withLock { state in
                state.nextWaiter += 1
                state.waiters[state.nextWaiter] = Waiter(transaction: transaction, resume: continuation)
                return state.nextWaiter
            }
            let (seconds, attoseconds) = limit.components
            let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { [self] in
                state.withLock { $0.waiters.removeValue(forKey: number) }?.resume.resume(returning: nil)
            }
            // It may have become public before we began to wait.
            Task { await tellWaiters() }
        }
    }

    private func tellWaiters() async {
        let transactions = state.withLock { state in Array(Set(state.waiters.values.map(\.transaction))) }
        guard !transactions.isEmpty else { return }
        do {
            let published = try await database.read { connection in
                try connection.query(
                    """
                    SELECT id, snapshot_version FROM project_transaction
                    WHERE id = ANY(\(transactions)) AND snapshot_version IS NOT NULL
                    """
                ).map {
                    (
                        id: try $0.get("id", as: Int.self),
                        version: try $0.get("snapshot_version", as: Int.self)
                    )
                }
            }
            let versions = Dictionary(
                published.map { ($0.id, $0.version) }, uniquingKeysWith: { first, _ in first })
            let ready = state.withLock { state in
                let ready = state.waiters.filter { versions[$0.value.transaction] != nil }
                ready.keys.forEach { state.waiters.removeValue(forKey: $0) }
                return ready.values
            }
            // The look-up may have been faster than the notification that drops what was kept.
            if !ready.isEmpty { onChange() }
            for waiter in ready { waiter.resume.resume(returning: versions[waiter.transaction]) }
        } catch {
            logger.warning("cannot look up publications", metadata: ["error": "\(error)"])
        }
    }
}
