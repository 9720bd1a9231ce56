package import HTTPMessage
import Synchronization

/// A request's body, read piece by piece.
///
/// The event loop reads from the connection only while less than `window` bytes wait here, so a slow
/// consumer slows the client down instead of filling memory.
package final class RequestBody: Sendable {
    /// Bytes that may wait for the consumer; also the largest piece.
    static let window = 256 << 10

    /// As declared; nil where the body is chunked.
    package let contentLength: Int?

    private typealias Outcome = Result<[UInt8]?, RequestError>

    private struct State {
        var pending: [UInt8] = []
        var end: End = .open
        var waiter: CheckedContinuation<Outcome, Never>?
        /// Whether the consumer has asked at all: nothing is read before that.
        var isWanted = false
        /// Whether the loop stopped reading for want of demand, and must be told to go on.
        var isLoopWaiting = true
    }

    private enum End {
        case open
        case finished
        case failed(RequestError)
    }

    private let state: Mutex<State>
    private let requestMore: @Sendable () -> Void

    /// - Parameter requestMore: tells the event loop that there is room again.
    init(contentLength: Int?, requestMore: @escaping @Sendable () -> Void) {
        self.contentLength = contentLength
        self.requestMore = requestMore
        state = Mutex(State())
    }

    /// A body that is there already; empty by default.
    package init(_ bytes: [UInt8] = []) {
        contentLength = bytes.count
        requestMore = {}
        state = Mutex(State(pending: bytes, end: .finished))
    }

    /// The next bytes, at most 256 KiB (a body made from bytes comes whole), or nil at the end.
    ///
    /// - Throws: `.bodyTooLarge`, `.timedOut`, `.disconnected` (also where the task is cancelled), or what is
    ///   malformed. The connection closes after the response then.
    package func next() async throws(RequestError) -> [UInt8]? {
        let outcome: Outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (ready, wakesLoop) = state.withLock { state -> (Outcome?, Bool) in
                    state.isWanted = true
                    let ready = Self.take(&state)
                    if ready == nil { state.waiter = continuation }
                    let wakesLoop = state.isLoopWaiting
                    state.isLoopWaiting = false
                    return (ready, wakesLoop)
                }
                if let ready { continuation.resume(returning: ready) }
                if wakesLoop { requestMore() }
            }
        } onCancel: {
            fail(.disconnected)
        }
        return try outcome.get()
    }

    /// The rest of the body.
    ///
    /// - Throws: `.bodyTooLarge` where it has more than `limit` bytes, and what `next` throws.
    package func collect(limit: Int) async throws(RequestError) -> [UInt8] {
        if let contentLength, contentLength > limit { throw .bodyTooLarge(limit: limit) }
        var collected: [UInt8] = []
        while let piece = try await next() {
            guard collected.count + piece.count <= limit else { throw .bodyTooLarge(limit: limit) }
            collected += piece
        }
        return collected
    }

    private static func take(_ state: inout State) -> Outcome? {
        if !state.pending.isEmpty {
            let bytes = state.pending
            state.pending = []
            return .success(bytes)
        }
        switch state.end {
        case .open: return nil
        case .finished: return .success(nil)
        case .failed(let error): return .failure(error)
        }
    }
}

/// What the event loop does with it.
extension RequestBody {
    /// Bytes the consumer has room for; where there are none the loop is told when there are.
    func room() -> Int {
        state.withLock { state in
            guard case .open = state.end else { return 0 }
            let room = state.isWanted ? max(0, Self.window - state.pending.count) : 0
            state.isLoopWaiting = room == 0
            return room
        }
    }

    func deliver(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !bytes.isEmpty else { return }
        let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard case .open = state.end else { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            state.pending.append(contentsOf: bytes)
            return nil
        }
        waiter?.resume(returning: .success(Array(bytes)))
    }

    /// Whether nothing has gone wrong so far.
    var isIntact: Bool {
        state.withLock { state in
            switch state.end {
            case .open, .finished: true
            case .failed: false
            }
        }
    }

    func finish() { end(.finished, .success(nil)) }

    /// Fails this and every later `next`; what has arrived is dropped.
    func fail(_ error: RequestError) { end(.failed(error), .failure(error)) }

    private func end(_ end: End, _ outcome: Outcome) {
        let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard case .open = state.end else { return nil }
            state.end = end
            if case .failed = end { state.pending = [] }
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: outcome)
    }
}
