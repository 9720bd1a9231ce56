import Dispatch
import Synchronization

/// Threads for work that blocks: SQL, files, hashing. At most `width` pieces run at once, at most
/// `maxQueued` wait; more are refused, so that load shows at the edge instead of in memory.
package final class BlockingPool: Sendable {
    /// Why work was not done.
    package enum Refusal: Error, Hashable, Sendable {
        /// Answer 503.
        case saturated(maxQueued: Int)
    }

    private struct Job: Sendable {
        let id: UInt64
        let work: @Sendable () -> Void
        let cancel: @Sendable () -> Void
    }

    private struct State {
        /// Workers without work. Serial queues: each is sure of a thread, however long the others block.
        var idle: [DispatchQueue]
        var waiting: [UInt64: Job] = [:]
        /// Jobs in order; cancelled ones are gone from `waiting`.
        var order: [UInt64] = []
        var firstInOrder = 0
        var nextID: UInt64 = 0
    }

    private let state: Mutex<State>
    private let maxQueued: Int

    /// - Parameters:
    ///   - label: names the threads.
    ///   - width: ≥ 1.
    package init(label: String, width: Int, maxQueued: Int = 1024) {
        let queues = (0..<max(1, width)).map { DispatchQueue(label: "\(label)-\($0)") }
        state = Mutex(State(idle: queues))
        self.maxQueued = maxQueued
    }

    /// Runs `work` on one of the pool's threads.
    ///
    /// - Throws: `Refusal.saturated`; `CancellationError` where the task is cancelled before the work begins
    ///   (work that has begun is not interrupted); what `work` throws.
    package func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in
                let job = Job(
                    id: id,
                    work: { continuation.resume(with: Result(catching: work)) },
                    cancel: { continuation.resume(throwing: CancellationError()) })
                if !submit(job) { continuation.resume(throwing: Refusal.saturated(maxQueued: maxQueued)) }
                // The cancellation may have come before there was anything to cancel.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func submit(_ job: Job) -> Bool {
        let (isTaken, worker) = state.withLock { state -> (Bool, DispatchQueue?) in
            if let worker = state.idle.popLast() { return (true, worker) }
            guard state.waiting.count < maxQueued else { return (false, nil) }
            state.waiting[job.id] = job
            state.order.append(job.id)
            return (true, nil)
        }
        worker?.async { [self] in
            job.work()
            while let next = nextJob(orRest: worker) { next.work() }
        }
        return isTaken
    }

    private func nextJob(orRest worker: DispatchQueue?) -> Job? {
        state.withLock { state in
            while state.firstInOrder < state.order.count {
                let id = state.order[state.firstInOrder]
                state.firstInOrder += 1
                if state.firstInOrder > 1024 {
                    state.order.removeFirst(state.firstInOrder)
                    state.firstInOrder = 0
                }
                if let job = state.waiting.removeValue(forKey: id) { return job }
            }
            state.order = []
            state.firstInOrder = 0
            if let worker { state.idle.append(worker) }
            return nil
        }
    }

    private func cancel(_ id: UInt64) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.cancel()
    }
}
