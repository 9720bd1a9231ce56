import Foundation
import Synchronization

/// Work on a thread of its own.
package final class Background<Found: Sendable>: Sendable {
    private let outcome: Outcome

    private final class Outcome: Sendable {
        let found = Mutex<Result<Found, any Error>?>(nil)
        let isThere = DispatchGroup()
    }

    package init(_ work: @escaping @Sendable () throws -> Found) {
        let outcome = Outcome()
        self.outcome = outcome
        outcome.isThere.enter()
        Thread {
            let result = Result(catching: work)
            outcome.found.withLock { $0 = result }
            outcome.isThere.leave()
        }.start()
    }

    /// Waits for what the work comes to.
    package func get() throws -> Found {
        outcome.isThere.wait()
        guard let result = outcome.found.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}

/// Runs work on that many threads at once, numbered from 0, and waits for all of them.
package func onThreads<Found: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (Int) throws -> Found
) throws -> [Found] {
    try (0..<count).map { number in Background { try work(number) } }.map { try $0.get() }
}

/// Holds threads up until it is opened.
///
/// Nobody waits for more than a minute: only broken code makes a test wait that long.
package final class Gate: Sendable {
    private let condition = NSCondition()
    /// Guarded by `condition`.
    nonisolated(unsafe) private var (waiting, isOpen) = (0, false)

    package init() {}

    package func pass() {
        condition.withLock {
            waiting += 1
            condition.broadcast()
            wait { isOpen }
        }
    }

    /// Waits until somebody stands before the gate.
    package func awaitArrival() {
        condition.withLock { wait { waiting > 0 } }
    }

    package func open() {
        condition.withLock {
            isOpen = true
            condition.broadcast()
        }
    }

    private func wait(until isOver: () -> Bool) {
        let end = Date(timeIntervalSinceNow: 60)
        while !isOver(), condition.wait(until: end) {}
    }
}
