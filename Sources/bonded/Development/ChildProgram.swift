import Foundation
import Logging
import Synchronization

/// Runs a subcommand of this program as a process of its own, and again whenever it ends by itself.
final class ChildProgram: Sendable {
    private struct State {
        var process: Process?
        var isStopping = false
        var endings = 0
        var startedAt = ContinuousClock.now
    }

    private let name: String
    private let arguments: [String]
    private let pidFile: String
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter pidFile: where the process's number is kept while it runs.
    init(name: String, arguments: [String], pidFile: String, logger: Logger) {
        self.name = name
        self.arguments = arguments
        self.pidFile = pidFile
        self.logger = logger
    }

    /// Whether it ever had to be started again.
    var hasEndedByItself: Bool { state.withLock { $0.endings > 0 } }

    func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments + ["--until-stdin-closes"]
        process.standardInput = Pipe()
        process.terminationHandler = { [self] ended in restart(after: ended) }
        try state.withLock { state in
            guard !state.isStopping else { return }
            try process.run()
            state.process = process
            state.startedAt = .now
        }
        try? "\(process.processIdentifier)\n".write(toFile: pidFile, atomically: true, encoding: .utf8)
    }

    /// Asks the process to end and waits until it has.
    func stop() {
        let process = state.withLock { state in
            state.isStopping = true
            return state.process
        }
        if let process, process.isRunning {
            process.terminate()
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: pidFile)
    }

    private func restart(after ended: Process) {
        let (isStopping, age) = state.withLock { state in
            if !state.isStopping { state.endings += 1 }
            return (state.isStopping, ContinuousClock.now - state.startedAt)
        }
        guard !isStopping else { return }
        // One that cannot even start is not tried in a tight loop.
        let pause = age > .seconds(1) ? 0.05 : 1.0
        logger.warning(
            "a process ended by itself; starting it again",
            metadata: ["process": "\(name)", "status": "\(ended.terminationStatus)"])
        DispatchQueue.global().asyncAfter(deadline: .now() + pause) { [self] in
            do {
                try start()
            } catch {
                logger.error("cannot start a process", metadata: ["process": "\(name)", "error": "\(error)"])
            }
        }
    }
}
