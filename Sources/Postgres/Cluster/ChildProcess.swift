import CProcess
import Foundation
import Synchronization

/// A program started without a shell, as its own session, perhaps as another user.
///
/// A thread of its own starts it and lives as long as it: the kernel ties the death signal to that thread, not to
/// the process, and the threads of Dispatch come and go.
final class ChildProcess: Sendable {
    struct Program: Sendable {
        var executable: String
        var arguments: [String]
        /// Receives what the program says; stays the caller's to close.
        var output: Int32
        /// Becomes descriptor 3; -1 for none.
        var passedDescriptor: Int32 = -1
        /// `nil`: as whoever we are.
        var account: ClusterAccount?
        /// Sent when we end, however we end; 0 for none.
        var parentDeathSignal: Int32
    }

    private enum State {
        case running
        case exited(status: Int32)
    }

    let id: pid_t
    private let state = Mutex(State.running)
    private let ended = DispatchGroup()

    private init(id: pid_t) {
        self.id = id
        ended.enter()
    }

    /// What the starting thread hands to the one that waits for it.
    private final class Outcome: Sendable {
        let result = Mutex<Result<ChildProcess, ClusterError>?>(nil)
        let known = DispatchSemaphore(value: 0)

        func report(_ value: Result<ChildProcess, ClusterError>) {
            result.withLock { $0 = value }
            known.signal()
        }
    }

    /// - Throws: `.spawn`.
    static func start(_ program: Program) throws(ClusterError) -> ChildProcess {
        let outcome = Outcome()
        let thread = Thread {
            var id: pid_t = 0
            let failure = spawn(program, &id)
            guard failure == 0 else {
                let reason = String(cString: strerror(failure))
                outcome.report(.failure(.spawn(program: program.executable, reason: reason)))
                return
            }
            let child = ChildProcess(id: id)
            outcome.report(.success(child))
            child.reap()
        }
        thread.name = "bonded-child"
        thread.start()
        outcome.known.wait()
        guard let result = outcome.result.withLock({ $0 }) else {
            throw .spawn(program: program.executable, reason: "no thread")
        }
        return try result.get()
    }

    private static func spawn(_ program: Program, _ id: inout pid_t) -> Int32 {
        let arguments = ([program.executable] + program.arguments).map { strdup($0) }
        // Nothing of our environment is the server's business; messages are read by us, so they are in English.
        let variables: [String] = ["PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"]
        let environment = variables.map { strdup($0) }
        defer { for text in arguments + environment { free(text) } }
        return program.executable.withCString { executable in
            (arguments + [nil]).withUnsafeBufferPointer { arguments in
                (environment + [nil]).withUnsafeBufferPointer { environment in
                    var child = bonded_child()
                    child.executable = executable
                    child.arguments = arguments.baseAddress
                    child.environment = environment.baseAddress
                    child.output_descriptor = program.output
                    child.passed_descriptor = program.passedDescriptor
                    if let account = program.account {
                        child.switches_user = 1
                        child.user = account.user
                        child.group = account.group
                    }
                    child.parent_death_signal = program.parentDeathSignal
                    return bonded_spawn(&child, &id)
                }
            }
        }
    }

    private func reap() {
        // The number belongs to the child until it is reaped, and `signal` looks under the same lock.
        bonded_await(id)
        state.withLock { $0 = .exited(status: bonded_wait(id)) }
        ended.leave()
    }

    var isRunning: Bool {
        state.withLock { if case .running = $0 { true } else { false } }
    }

    func signal(_ number: Int32) {
        state.withLock { if case .running = $0 { kill(id, number) } }
    }

    /// Blocks until the program has ended.
    ///
    /// - Returns: whether it has within the limit.
    func waitForExit(seconds: Int) -> Bool {
        ended.wait(timeout: .now() + .seconds(seconds)) == .success
    }

    /// Whether the program ended with exit code 0.
    var succeeded: Bool {
        state.withLock { if case .exited(status: 0) = $0 { true } else { false } }
    }
}
