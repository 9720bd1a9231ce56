import CLinux
import Glibc
import HTTPMessage
import Logging
import Synchronization

/// What all loops of a server share.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let handler: any Handler
    let logger: Logger
    let listener: Listener
    let admission: Admission
    let mailboxes: [Mailbox]

    init(
        configuration: ServerConfiguration, handler: any Handler, logger: Logger, listener: Listener,
        mailboxes: [Mailbox]
    ) {
        self.configuration = configuration
        self.handler = handler
        self.logger = logger
        self.listener = listener
        self.mailboxes = mailboxes
        admission = Admission(
            maxTotal: configuration.maxConnections, maxPerAddress: configuration.maxConnectionsPerAddress)
    }
}

/// One thread's connections, driven by edge-triggered epoll.
///
/// Connections hold no buffers while idle: input is read into one buffer of the loop, small responses are
/// gathered in another. Everything here happens on the loop's own thread.
final class EventLoop {
    /// Bytes read from a connection at once.
    static let inputCapacity = 64 << 10
    /// Reads that one connection may do before others have their turn.
    private static let maxTurns = 16
    private static let maxEvents = 512
    static let listenerToken = UInt64.max
    private static let mailboxToken = UInt64.max - 1

    let context: ServerContext
    let mailbox: Mailbox
    let limits: LoopLimits
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: inputCapacity)
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: maxEvents)
    let epoll: Int32

    /// By descriptor.
    var connections: [Connection?] = []
    var connectionCount = 0
    var nextSerial: UInt32 = 0
    /// Connections that stopped to let others have a turn.
    var waitingForTurn: [ConnectionID] = []

    var clock: LoopClock
    /// Output of the connection at hand; empty between connections.
    var scratch: [UInt8] = []
    var accessLines: [UInt8] = []
    var accessLinesDue = Int64.max
    var nextSweep = Int64.max

    var isAccepting = false
    /// When to try to accept again after running out of descriptors.
    var acceptsAgainAt = Int64.max
    /// Running out of descriptors is said now and then, not each time.
    var warnsAgainAt = Int64.min
    /// Given up to be able to accept, and so to turn away, one connection more.
    var spareDescriptor: Int32 = -1
    var isDraining = false
    var drainDeadline = Int64.max
    var drainCompletions: [@Sendable () -> Void] = []

    /// - Throws: `.system` where the kernel gives no epoll.
    init(context: ServerContext, index: Int) throws(ServerError) {
        self.context = context
        mailbox = context.mailboxes[index]
        limits = LoopLimits(context.configuration)
        clock = LoopClock(serverName: context.configuration.serverName)
        epoll = epoll_create1(linux_EPOLL_CLOEXEC)
        guard epoll >= 0 else { throw .system(call: "epoll_create1", errno: errno) }
        scratch.reserveCapacity(Self.inputCapacity)
        watch(mailbox.descriptor, linux_EPOLLIN, token: Self.mailboxToken)
        startAccepting()
        openSpareDescriptor()
    }

    deinit {
        input.deallocate()
        events.deallocate()
        close(epoll)
        if spareDescriptor >= 0 { close(spareDescriptor) }
    }

    /// Serves until drained.
    func run() {
        clock.refresh()
        while !(isDraining && connectionCount == 0) {
            let count = Int(epoll_wait(epoll, events, Int32(Self.maxEvents), timeout()))
            clock.refresh()
            if count < 0, errno != EINTR {
                context.logger.critical("epoll_wait failed", metadata: ["errno": "\(errno)"])
                break
            }
            var index = 0
            while index < count {
                handle(events[index])
                index += 1
            }
            giveTurns()
            if clock.now >= nextSweep { sweep() }
            if clock.now >= acceptsAgainAt { startAccepting() }
            if !accessLines.isEmpty { flushAccessLines(always: false) }
        }
        end()
    }

    private func handle(_ event: epoll_event) {
        switch event.data.u64 {
        case Self.listenerToken: acceptConnections()
        case Self.mailboxToken: mailbox.take().forEach(handle)
        case let token:
            let id = ConnectionID(
                descriptor: Int32(truncatingIfNeeded: token), serial: UInt32(truncatingIfNeeded: token >> 32))
            guard let connection = connection(id) else { return }
            if event.events & (linux_EPOLLERR | linux_EPOLLHUP) != 0 {
                shut(connection)
                return
            }
            if event.events & linux_EPOLLIN != 0 { connection.isReadable = true }
            if event.events & linux_EPOLLRDHUP != 0 {
                connection.isReadable = true
                connection.isPeerDone = true
            }
            if event.events & linux_EPOLLOUT != 0 { connection.isWritable = true }
            pump(connection)
        }
    }

    private func handle(_ message: LoopMessage) {
        switch message {
        case .adopt(let accepted): adopt(accepted)
        case .respond(let id, let response):
            guard let connection = connection(id) else { return }
            respond(to: connection, with: response)
            pump(connection)
        case .readBody(let id):
            guard let connection = connection(id) else { return }
            sendContinue(to: connection)
            pump(connection)
        case .drain(let timeout, let completion):
            drainCompletions.append(completion)
            drain(within: timeout)
        }
    }

    /// Does what a connection's state allows, until it can do nothing more for now.
    func pump(_ connection: Connection) {
        var turns = 0
        while connection.isOpen {
            if !connection.output.isEmpty || !scratch.isEmpty {
                switch flush(connection) {
                case .done: break
                case .blocked: return updateTimer(connection)
                case .yielded:
                    waitingForTurn.append(connection.id)
                    return updateTimer(connection)
                case .failed: return shut(connection)
                }
            }
            guard finishOutput(connection) else { return }
            if turns >= Self.maxTurns {
                waitingForTurn.append(connection.id)
                break
            }
            turns += 1
            let hasProgressed =
                switch connection.phase {
                case .head: readHeads(connection)
                case .handling: readBody(connection)
                case .discarding: discardBody(connection)
                case .lingering: linger(connection)
                }
            // A refusal or a response may have been queued without progress in reading.
            if !hasProgressed, scratch.isEmpty, connection.output.isEmpty { break }
        }
        scratch.removeAll(keepingCapacity: true)
        if connection.isOpen { updateTimer(connection) }
    }

    private func giveTurns() {
        guard !waitingForTurn.isEmpty else { return }
        let ids = waitingForTurn
        waitingForTurn = []
        for id in ids {
            if let connection = connection(id) { pump(connection) }
        }
    }
}
