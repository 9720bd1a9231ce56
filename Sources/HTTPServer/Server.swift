import CLinux
import Glibc
package import Logging
import Synchronization

/// An HTTP/1.1 server: a listener and its event loops.
package final class Server: Sendable {
    /// The port that is listened on.
    package let port: Int
    private let context: ServerContext
    private let isStarted = Atomic<Bool>(false)

    /// Opens the listener; connections wait until `start`.
    ///
    /// - Throws: `.unknownHost`, `.cannotListen`, `.system`.
    package init(
        configuration: ServerConfiguration, handler: some Handler, logger: Logger
    ) throws(ServerError) {
        let listener = try Listener(host: configuration.host, port: configuration.port)
        var mailboxes: [Mailbox] = []
        for _ in 0..<configuration.loops { mailboxes.append(try Mailbox()) }
        context = ServerContext(
            configuration: configuration, handler: handler, logger: logger, listener: listener,
            mailboxes: mailboxes)
        port = listener.port
    }

    deinit {
        // Loops hold no server: without one they end by themselves.
        for mailbox in context.mailboxes { mailbox.post(.drain(timeout: .zero, completion: {})) }
    }

    /// Connections now open.
    package var connectionCount: Int { context.admission.total }

    /// Starts a thread for each event loop. SIGPIPE is ignored from here on, and the limit of open files raised
    /// as far as it goes.
    ///
    /// - Throws: `.alreadyStarted`, `.system`.
    package func start() throws(ServerError) {
        guard !isStarted.exchange(true, ordering: .relaxed) else { throw .alreadyStarted }
        // sendfile(2) knows no MSG_NOSIGNAL.
        signal(SIGPIPE, SIG_IGN)
        Self.raiseFileLimit()
        for index in context.mailboxes.indices {
            try LoopThread.start(name: "http-\(index)") { [context] in
                do throws(ServerError) {
                    let loop = try EventLoop(context: context, index: index)
                    loop.run()
                } catch {
                    context.logger.critical("an event loop cannot start", metadata: ["error": "\(error)"])
                    for case .drain(_, let completion) in context.mailboxes[index].shut() { completion() }
                }
            }
        }
    }

    /// Stops accepting, finishes requests that have begun, closes idle connections; what is not done after
    /// `timeout` is cut off. Returns when every loop has ended.
    package func drain(timeout: Duration) async {
        guard isStarted.load(ordering: .relaxed) else { return }
        let countdown = Countdown(context.mailboxes.count)
        await withCheckedContinuation { continuation in
            for mailbox in context.mailboxes {
                let completion: @Sendable () -> Void = {
                    if countdown.isLast() { continuation.resume() }
                }
                if !mailbox.post(.drain(timeout: timeout, completion: completion)) { completion() }
            }
        }
        await context.configuration.accessLog?.flush()
    }

    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Counts several completions down to one.
private final class Countdown: Sendable {
    private let rest: Atomic<Int>

    init(_ count: Int) {
        rest = Atomic(count)
    }

    func isLast() -> Bool {
        rest.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }
}

/// A thread of its own for an event loop: it blocks in epoll_wait(2), which no shared pool should.
private enum LoopThread {
    private final class Start {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(ServerError) {
        let start = Unmanaged.passRetained(
            Start {
                linux_name_thread(name)
                body()
            })
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw .system(call: "pthread_create", errno: result)
        }
        pthread_detach(thread)
    }
}
