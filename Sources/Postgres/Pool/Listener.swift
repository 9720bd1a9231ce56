import Dispatch
import Glibc
import Logging
import Synchronization

/// What a listener hears.
package enum Notification: Hashable, Sendable {
    /// The first connection is up and listening; read now what is to be kept up to date.
    case listening
    /// The connection is lost: until `.reconnected`, changes go unheard.
    case interrupted
    /// Notifications may have been missed: the connection was lost and is up again, or the reader was too slow.
    case reconnected
    case message(channel: String, payload: String)
}

extension Database {
    /// Listens on channels with a connection of its own until the stream's reader stops.
    ///
    /// Reconnects for ever with growing pauses, up to 30 s. At most 4 096 notifications wait for the reader; the
    /// oldest are dropped then, and `.reconnected` says so.
    package func listen(channels: [String]) -> AsyncStream<Notification> {
        AsyncStream(bufferingPolicy: .bufferingNewest(4096)) { continuation in
            let bell = Bell()
            continuation.onTermination = { _ in bell.ring() }
            let listener = Listener(
                parameters: parameters, settings: settings, channels: channels, bell: bell, logger: logger,
                output: continuation)
            DispatchQueue(label: "bonded.postgres.listener").async { listener.run() }
        }
    }
}

/// Waits for notifications on a connection of its own; blocks its thread.
private struct Listener: Sendable {
    let parameters: ConnectionParameters
    let settings: DatabaseSettings
    let channels: [String]
    let bell: Bell
    let logger: Logger
    let output: AsyncStream<Notification>.Continuation

    private static let firstPauseMilliseconds: Int32 = 50
    private static let longestPauseMilliseconds: Int32 = 30_000
    /// How long the line may be silent before the server is asked for a sign of life.
    private static let silenceMilliseconds: Int32 = 30_000

    func run() {
        var pause = Self.firstPauseMilliseconds
        var announcement = Notification.listening
        while !bell.hasRung {
            do {
                let connection = try Connection(parameters, settings: settings)
                for channel in channels { try connection.script("LISTEN \(quoteIdentifier(channel))") }
                yield(announcement)
                announcement = .reconnected
                pause = Self.firstPauseMilliseconds
                try serve(connection)
            } catch {
                guard !bell.hasRung else { return }
                yield(.interrupted)
                logger.warning("listening for notifications was interrupted", metadata: ["error": "\(error)"])
            }
            // Random, so that the listeners of many processes do not return at once.
            bell.wait(milliseconds: Int32.random(in: pause / 2...pause))
            pause = min(pause * 2, Self.longestPauseMilliseconds)
        }
    }

    /// Passes notifications on until the reader stops or the connection is lost.
    private func serve(_ connection: Connection) throws(PostgresError) {
        while !bell.hasRung {
            guard let found = connection.takeNotifications() else {
                throw .connectionLost("the server closed the connection")
            }
            for (channel, payload) in found { yield(.message(channel: channel, payload: payload)) }
            if bell.wait(milliseconds: Self.silenceMilliseconds, orReadable: connection.socket) == .silence {
                try connection.script("SELECT 1")
            }
        }
    }

    private func yield(_ notification: Notification) {
        if case .dropped = output.yield(notification) { output.yield(.reconnected) }
    }
}

/// Wakes a thread that waits in `poll`, once and for good.
final class Bell: Sendable {
    enum Wakening {
        case rung, readable, silence
    }

    private let rung = Atomic(false)
    /// The ends of a pipe. Without one (no descriptors left) a waiting thread notices when its wait ends.
    private let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func ring() {
        guard !rung.exchange(true, ordering: .sequentiallyConsistent) else { return }
        _ = write(writeEnd, [1 as UInt8], 1)
    }

    var hasRung: Bool { rung.load(ordering: .sequentiallyConsistent) }

    /// - Parameter readable: also returns when this descriptor has something to read; -1 for none.
    @discardableResult
    func wait(milliseconds: Int32, orReadable readable: Int32 = -1) -> Wakening {
        var descriptors = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: readable, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
        // Interrupted by a signal counts as readable: the caller looks and waits again.
        guard count != 0 else { return .silence }
        return descriptors[0].revents != 0 ? .rung : .readable
    }
}
