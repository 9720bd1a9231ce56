import Foundation

/// Lets one thread at a time do what several want done. The others wait, and then see for themselves that it is.
package final class SingleFlight<Key: Hashable & Sendable>: Sendable {
    private let condition = NSCondition()
    /// Guarded by `condition`.
    nonisolated(unsafe) private var busy: Set<Key> = []

    package init() {}

    /// Runs `work` while no other thread runs any for the same key.
    package func alone<Result>(_ key: Key, _ work: () throws -> Result) rethrows -> Result {
        condition.lock()
        while busy.contains(key) { condition.wait() }
        busy.insert(key)
        condition.unlock()
        defer {
            condition.lock()
            busy.remove(key)
            condition.broadcast()
            condition.unlock()
        }
        return try work()
    }
}
