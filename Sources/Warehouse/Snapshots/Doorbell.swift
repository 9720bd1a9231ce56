import Dispatch
import Synchronization

/// Wakes one waiting task: at once when it rings, or has rung since the last wait, else at the deadline.
final class Doorbell: Sendable {
    private struct State {
        var hasRung = false
        var wait = 0
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiting = state.withLock { state in
            guard let waiting = state.waiting else {
                state.hasRung = true
                return CheckedContinuation<Void, Never>?.none
            }
            state.waiting = nil
            return waiting
        }
        waiting?.resume()
    }

    func wait(atMost limit: DispatchTimeInterval) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let number: Int? = state.withLock { state in
                    if state.hasRung {
                        state.hasRung = false
                        return nil
                    }
                    state.wait += 1
                    state.waiting = continuation
                    return state.wait
                }
                guard let number else { return continuation.resume() }
                DispatchQueue.global().asyncAfter(deadline: .now() + limit) { [self] in
                    let expired = state.withLock { state in
                        guard state.wait == number else { return CheckedContinuation<Void, Never>?.none }
                        defer { state.waiting = nil }
                        return state.waiting
                    }
                    expired?.resume()
                }
            }
        } onCancel: {
            ring()
        }
    }
}
