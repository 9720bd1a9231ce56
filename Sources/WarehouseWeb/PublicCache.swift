import HTTPMessage
package import HTTPServer
import Synchronization
import Warehouse

/// What distinguishes two answers to one path.
package struct CacheKey: Hashable, Sendable {
    let path: String
    let format: Representation?

    init(_ head: RequestHead) {
        path = head.path
        format = head.path.hasPrefix("/simple/") ? Representation(negotiatedWith: head) : nil
    }
}

/// Public content of the current snapshot, in memory, ready to be sent.
///
/// It is dropped as a whole when a new snapshot is public, before anyone is told of it. What was looked up before the
/// drop cannot slip in after it.
package final class PublicCache: Sendable {
    /// Identifies a span between two drops.
    package struct Generation: Hashable, Sendable {
        fileprivate let number: Int
    }

    private struct State {
        var generation = 0
        var bytes = 0
        var contents: [CacheKey: CachedContent] = [:]
        /// Nil until it was looked up.
        var interruption: Interruption??
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: bytes of content, ≥ 0; at the limit everything is dropped and kept anew as asked for.
    package init(capacity: Int = 128 << 20) {
        self.capacity = capacity
    }

    package func content(for key: CacheKey) -> CachedContent? {
        state.withLock { $0.contents[key] }
    }

    /// Ask for it before a look-up whose result is to be kept.
    package var generation: Generation { state.withLock { Generation(number: $0.generation) } }

    package func keep(_ content: CachedContent, for key: CacheKey, of generation: Generation) {
        state.withLock { state in
            guard state.generation == generation.number, content.cost <= capacity / 4 else { return }
            if state.bytes + content.cost > capacity {
                state.contents = [:]
                state.bytes = 0
            }
            if state.contents.updateValue(content, forKey: key) == nil { state.bytes += content.cost }
        }
    }

    /// Nil where it is not known.
    var interruption: Interruption?? { state.withLock(\.interruption) }

    func keep(_ interruption: Interruption?, of generation: Generation) {
        state.withLock { state in
            if state.generation == generation.number { state.interruption = .some(interruption) }
        }
    }

    package func drop() {
        state.withLock { state in
            state.generation += 1
            state.interruption = nil
            state.bytes = 0
            state.contents = [:]
        }
    }
}
