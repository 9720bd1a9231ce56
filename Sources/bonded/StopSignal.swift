import Dispatch
import Foundation

/// What asked this process to stop.
enum StopSignal: String, Sendable {
    case interrupted = "SIGINT"
    case terminated = "SIGTERM"
    case parentGone = "end of input"

    /// Waits for SIGINT or SIGTERM, which no longer end the process by themselves.
    ///
    /// - Parameter watchesInput: also stop when standard input ends. A parent that holds the other end then takes
    ///   this process with it, however the parent ends.
    static func wait(orUntilInputCloses watchesInput: Bool = false) async -> StopSignal {
        let (stream, continuation) = AsyncStream.makeStream(of: StopSignal.self)
        var sources: [any DispatchSourceSignal] = []
        for (number, stop) in [(SIGINT, StopSignal.interrupted), (SIGTERM, .terminated)] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(stop) }
            source.resume()
            sources.append(source)
        }
        if watchesInput {
            Thread.detachNewThread {
                var byte: UInt8 = 0
                while read(STDIN_FILENO, &byte, 1) > 0 {}
                continuation.yield(.parentGone)
            }
        }
        defer { sources.forEach { $0.cancel() } }
        for await stop in stream { return stop }
        return .terminated
    }
}
