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
    private static let listenerToken = UInt64.max
    private static let mailboxToken = UInt64.max - 1

    let context: ServerContext
    let mailbox: Mailbox
    let limits: LoopLimits
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: inputCapacity)
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: maxEvents)
    private let epoll: Int32

    /// By descriptor.
    private var connections: [Connection?] = []
    private(set) var connectionCount = 0
    private var nextSerial: UInt32 = 0
    /// Connections that stopped to let others have a turn.
    private var waitingForTurn: [ConnectionID] = []

    var clock: LoopClock
    /// Output of the connection at hand; empty between connections.
    var scratch: [UInt8] = []
    var accessLines: [UInt8] = []
    private var accessLinesDue = Int64.max
    private var nextSweep = Int64.max

    var isAccepting = false
    /// When to try to accept again after running out of descriptors.
    var acceptsAgainAt = Int64.max
    /// Given up to be able to accept, and so to turn away, one connection more.
    var spareDescriptor: Int32 = -1
    var isDraining = false
    private var drainDeadline = Int64.max
    private var drainCompletions: [@Sendable () -> Void] = []

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

/// Connections.
extension EventLoop {
    private func connection(_ id: ConnectionID) -> Connection? {
        let slot = Int(id.descriptor)
        guard slot >= 0, slot < connections.count, let connection = connections[slot],
            connection.id.serial == id.serial
        else { return nil }
        return connection
    }

    func adopt(_ accepted: AcceptedConnection) {
        nextSerial &+= 1
        // Keeps tokens clear of the two special ones.
        if nextSerial == .max { nextSerial = 1 }
        let id = ConnectionID(descriptor: accepted.descriptor, serial: nextSerial)
        let connection = Connection(
            id, peer: accepted.peer, isRefused: accepted.isRefused, limits: context.configuration.limits)
        let slot = Int(accepted.descriptor)
        while connections.count <= slot { connections.append(nil) }
        connections[slot] = connection
        connectionCount += 1
        mailbox.load.add(1, ordering: .relaxed)
        if nextSweep == .max { nextSweep = clock.now + limits.sweepInterval }
        watch(
            accepted.descriptor, linux_EPOLLIN | linux_EPOLLOUT | linux_EPOLLRDHUP | linux_EPOLLET,
            token: UInt64(id.serial) << 32 | UInt64(UInt32(bitPattern: id.descriptor)))
        if accepted.isRefused {
            refuse(connection, Self.overloaded)
            pump(connection)
        } else {
            updateTimer(connection)
        }
    }

    /// Closes a connection at once; a handler still at work is told.
    func shut(_ connection: Connection) {
        guard connection.isOpen else { return }
        connection.isOpen = false
        scratch.removeAll(keepingCapacity: true)
        if let exchange = connection.exchange {
            exchange.body?.consumer.fail(.disconnected)
            exchange.task?.cancel()
            connection.exchange = nil
        }
        logAborted(connection)
        connections[Int(connection.descriptor)] = nil
        connectionCount -= 1
        mailbox.load.subtract(1, ordering: .relaxed)
        close(connection.descriptor)
        if connection.isRefused {
            context.admission.releaseRefused()
        } else {
            context.admission.releaseAdmitted(connection.peer.key)
        }
    }

    private func watch(_ descriptor: Int32, _ interest: UInt32, token: UInt64) {
        var event = epoll_event()
        event.events = interest
        event.data.u64 = token
        if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 {
            context.logger.error("epoll_ctl failed", metadata: ["errno": "\(errno)"])
        }
    }

    func startAccepting() {
        acceptsAgainAt = .max
        guard !isAccepting, !isDraining else { return }
        isAccepting = true
        // One loop wakes for each connection, not all.
        watch(context.listener.descriptor, linux_EPOLLIN | linux_EPOLLEXCLUSIVE, token: Self.listenerToken)
    }

    func stopAccepting() {
        guard isAccepting else { return }
        isAccepting = false
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, context.listener.descriptor, &event)
    }
}

/// Time.
extension EventLoop {
    /// Milliseconds until something is due; -1 for never.
    private func timeout() -> Int32 {
        if !waitingForTurn.isEmpty { return 0 }
        let due = min(nextSweep, acceptsAgainAt, accessLinesDue)
        guard due < .max else { return -1 }
        return Int32(clamping: max(0, (due - clock.now + 999_999) / 1_000_000))
    }

    /// Deals with every connection whose deadline has passed.
    private func sweep() {
        for case let connection? in connections where connection.deadline <= clock.now {
            expire(connection)
        }
        if clock.now >= drainDeadline {
            for case let connection? in connections { shut(connection) }
        }
        nextSweep = connectionCount > 0 ? clock.now + limits.sweepInterval : .max
    }

    private func drain(within timeout: Duration) {
        stopAccepting()
        let deadline = clock.now &+ timeout.clampedNanoseconds
        drainDeadline = min(drainDeadline, deadline < 0 ? .max : deadline)
        guard !isDraining else { return }
        isDraining = true
        // A client that has just connected is about to ask: give it a moment.
        let grace = clock.now + limits.drainGrace
        for case let connection? in connections where connection.phase == .head && connection.decoder.isIdle {
            guard connection.output.isEmpty, connection.leftover.isEmpty else { continue }
            if connection.servedAny {
                shut(connection)
            } else {
                connection.deadline = min(connection.deadline, grace)
            }
        }
        nextSweep = clock.now
    }

    private func end() {
        stopAccepting()
        for case let connection? in connections { shut(connection) }
        for message in mailbox.shut() {
            switch message {
            case .adopt(let accepted):
                close(accepted.descriptor)
                if accepted.isRefused {
                    context.admission.releaseRefused()
                } else {
                    context.admission.releaseAdmitted(accepted.peer.key)
                }
            case .drain(_, let completion): drainCompletions.append(completion)
            case .respond, .readBody: break
            }
        }
        flushAccessLines(always: true)
        drainCompletions.forEach { $0() }
        drainCompletions = []
    }

    /// Hands the access lines over when there are many or the oldest has waited long enough.
    private func flushAccessLines(always: Bool) {
        guard let log = context.configuration.accessLog, !accessLines.isEmpty else { return }
        if !always, accessLines.count < 32 << 10, clock.now < accessLinesDue {
            if accessLinesDue == .max { accessLinesDue = clock.now + 200_000_000 }
            return
        }
        log.append(accessLines)
        accessLines.removeAll(keepingCapacity: true)
        accessLinesDue = .max
    }
}
