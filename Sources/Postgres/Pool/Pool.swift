import Dispatch
import Synchronization

/// A fixed number of slots lent out one caller at a time; who finds none free waits in order.
final class Pool: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Slot, any Error>, Never>

    private struct State {
        /// The most recently used is last and is lent first, so that few connections serve a quiet pool.
        var idle: [Slot]
        var waiters: [(ticket: Int, waiter: Waiter)] = []
        var tickets = 0
        /// Cancelled before they could queue up.
        var cancelled: Set<Int> = []
        var isClosed = false
    }

    private let slots: [Slot]
    private let state: Mutex<State>
    private let timeout: Duration
    private let maxWaiters: Int

    init(_ parameters: ConnectionParameters, settings: DatabaseSettings) {
        slots = (0..<max(1, settings.poolSize)).map { _ in Slot(parameters, settings: settings) }
        state = Mutex(State(idle: slots))
        timeout = settings.poolTimeout
        maxWaiters = settings.maxPoolWaiters
    }

    var statistics: PoolStatistics {
        state.withLock { PoolStatistics(size: slots.count, idle: $0.idle.count, waiting: $0.waiters.count) }
    }

    /// Borrows a slot; `release` gives it back.
    ///
    /// - Throws: `.poolExhausted`, `.closed`, `CancellationError`.
    func acquire() async throws -> Slot {
        try Task.checkCancellation()
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        let lent = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if let answer = queueUp(waiter, ticket: ticket) { waiter.resume(returning: answer) }
            }
        } onCancel: {
            abandon(ticket, because: CancellationError())
        }
        state.withLock { _ = $0.cancelled.remove(ticket) }
        return try lent.get()
    }

    /// - Returns: the answer, if there is no need to wait.
    private func queueUp(_ waiter: Waiter, ticket: Int) -> Result<Slot, any Error>? {
        let answer: Result<Slot, any Error>? = state.withLock { state in
            if state.isClosed { return .failure(PostgresError.closed) }
            if state.cancelled.contains(ticket) { return .failure(CancellationError()) }
            if let slot = state.idle.popLast() { return .success(slot) }
            guard state.waiters.count < maxWaiters else {
                return .failure(PostgresError.poolExhausted(size: slots.count))
            }
            state.waiters.append((ticket, waiter))
            return nil
        }
        if answer == nil { startTimer(for: ticket) }
        return answer
    }

    private func startTimer(for ticket: Int) {
        let (seconds, attoseconds) = timeout.components
        let delay = Double(seconds) + Double(attoseconds) * 1e-18
        DispatchQueue.global().asyncAfter(deadline: .now() + delay) { [weak self] in
            guard let self else { return }
            self.giveUp(ticket, because: PostgresError.poolExhausted(size: self.slots.count))
        }
    }

    private func giveUp(_ ticket: Int, because error: any Error) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.ticket == ticket }.map { state.waiters.remove(at: $0).waiter }
        }
        waiter?.resume(returning: .failure(error))
    }

    private func abandon(_ ticket: Int, because error: any Error) {
        state.withLock { _ = $0.cancelled.insert(ticket) }
        giveUp(ticket, because: error)
    }

    func release(_ slot: Slot) async {
        let (next, isClosed) = state.withLock { state -> (Waiter?, Bool) in
            if state.isClosed { return (nil, true) }
            if !state.waiters.isEmpty { return (state.waiters.removeFirst().waiter, false) }
            state.idle.append(slot)
            return (nil, false)
        }
        if isClosed { await slot.close() }
        next?.resume(returning: .success(slot))
    }

    /// Refuses new and waiting callers and closes idle connections; those lent out close when given back.
    func close() async {
        let (idle, waiters) = state.withLock { state in
            defer {
                state.isClosed = true
                state.idle = []
                state.waiters = []
            }
            return (state.idle, state.waiters)
        }
        for (_, waiter) in waiters { waiter.resume(returning: .failure(PostgresError.closed)) }
        for slot in idle { await slot.close() }
    }
}

/// A pool's occupation at one moment.
package struct PoolStatistics: Hashable, Sendable {
    package let size: Int
    package let idle: Int
    package let waiting: Int

    package init(size: Int, idle: Int, waiting: Int) {
        self.size = size
        self.idle = idle
        self.waiting = waiting
    }
}
