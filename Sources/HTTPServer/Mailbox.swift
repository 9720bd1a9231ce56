import CLinux
import Glibc
import HTTPMessage
import Synchronization

/// Names a connection of one loop; a reused descriptor gets another serial.
struct ConnectionID: Hashable, Sendable {
    let descriptor: Int32
    let serial: UInt32
}

/// A connection that one loop accepted for another.
struct AcceptedConnection: Sendable {
    let descriptor: Int32
    let peer: PeerAddress
    let isRefused: Bool
}

/// What other threads tell an event loop.
enum LoopMessage: Sendable {
    case adopt(AcceptedConnection)
    case respond(ConnectionID, Response)
    /// A body's consumer has room again.
    case readBody(ConnectionID)
    /// Finish within `timeout`, then call `completion`.
    case drain(timeout: Duration, completion: @Sendable () -> Void)
}

/// The way into an event loop from other threads.
final class Mailbox: Sendable {
    private struct State {
        var messages: [LoopMessage] = []
        var isClosed = false
    }

    /// An eventfd, readable while messages wait.
    let descriptor: Int32
    /// Connections of the loop, for those who choose a loop.
    let load = Atomic<Int>(0)
    private let state = Mutex(State())

    init() throws(ServerError) {
        descriptor = eventfd(0, linux_EFD_CLOEXEC_NONBLOCK)
        guard descriptor >= 0 else { throw .system(call: "eventfd", errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// - Returns: false where the loop has ended and nobody will read the message.
    @discardableResult
    func post(_ message: LoopMessage) -> Bool {
        let (isOpen, wakes) = state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            state.messages.append(message)
            return (true, state.messages.count == 1)
        }
        if wakes { eventfd_write(descriptor, 1) }
        return isOpen
    }

    /// Takes every message.
    func take() -> [LoopMessage] {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        return state.withLock { state in
            let messages = state.messages
            state.messages = []
            return messages
        }
    }

    /// Takes the last messages and no further ones.
    func shut() -> [LoopMessage] {
        state.withLock { state in
            state.isClosed = true
            let messages = state.messages
            state.messages = []
            return messages
        }
    }
}
