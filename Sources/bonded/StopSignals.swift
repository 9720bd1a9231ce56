import Dispatch
import Foundation
import Synchronization

/// What asked this process to stop.
enum StopReason: String, Sendable {
    case interrupted = "SIGINT"
    case terminated = "SIGTERM"
    case parentGone = "end of input"
}

/// SIGINT and SIGTERM, which no longer end the process by themselves once this exists.
final class StopSignals: Sendable {
    private let first = Mutex<StopReason?>(nil)
    private let stream: AsyncStream<StopReason>
    private let continuation: AsyncStream<StopReason>.Continuation

    /// - Parameter watchesInput: also stop when standard input ends. A parent that holds the other end then takes
    ///   this process with it, however the parent ends.
    init(watchesInput: Bool = false) {
        (stream, continuation) = AsyncStream.makeStream()
        for (number, reason) in [(SIGINT, StopReason.interrupted), (SIGTERM, .terminated)] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The handler holds the source, which lives as long as the process.
            source.setEventHandler { [self] in
                withExtendedLifetime(source) { note(reason) }
            }
            source.resume()
        }
        if watchesInput {
            Thread.detachNewThread { [self] in
                var byte: UInt8 = 0
                while read(STDIN_FILENO, &byte, 1) > 0 {}
                note(.parentGone)
            }
        }
    }

    /// What has been asked for so far.
    var received: StopReason? { first.withLock { $0 } }

    /// Waits for the first reason to stop. For one caller.
    func wait() async -> StopReason {
        for await reason in stream { return reason }
        return .terminated
    }

    private func note(_ reason: StopReason) {
        first.withLock { $0 = $0 ?? reason }
        continuation.yield(reason)
    }
}
