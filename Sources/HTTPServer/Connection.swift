import HTTPMessage

/// One client's connection. Its loop's thread alone touches it.
final class Connection {
    enum Phase {
        /// Waiting for a request, or for the rest of its head.
        case head
        /// A handler's task works on a request.
        case handling
        /// The response is sent; the rest of a small body is read and dropped.
        case discarding
        /// The response is sent and our side closed; what the client still sends is dropped, so that it gets to
        /// read the response.
        case lingering
    }

    /// What happens once all output is sent.
    enum AfterOutput {
        case keep
        case close
        case linger
    }

    /// What the deadline is for.
    enum Timer {
        case none
        case firstHead
        case head
        case idle
        case body
        case write
        case linger
    }

    /// A request in the hands of a handler.
    struct Exchange {
        let head: RequestHead
        let startedAt: Int64
        /// Nil where the request has no body.
        var body: (consumer: RequestBody, decoder: BodyDecoder)?
        var owesContinue: Bool
        var task: Task<Void, Never>?
    }

    let id: ConnectionID
    let peer: PeerAddress
    let isRefused: Bool
    var isOpen = true
    var phase = Phase.head
    var decoder: HeadDecoder
    /// Received, but not yet looked at.
    var leftover: [UInt8] = []
    var output = OutputQueue()
    var afterOutput = AfterOutput.keep
    var exchange: Exchange?
    var discardDecoder: BodyDecoder?
    /// Edge-triggered: what the kernel last told us, until a call says otherwise.
    var isReadable = false
    var isWritable = true
    /// The client has shut its side down.
    var isPeerDone = false
    /// Of the response now being sent.
    var logEntry: AccessLogEntry?
    /// Where in the connection's output that response ends.
    var bodyEnd = 0

    var timer = Timer.none
    /// Nanoseconds of the monotonic clock.
    var deadline = Int64.max
    /// Body bytes received, for minimum progress.
    var received = 0
    /// `received`, or the bytes that the client acknowledged, when the timer was set.
    var progressMark = 0
    var servedAny = false

    var descriptor: Int32 { id.descriptor }

    init(_ id: ConnectionID, peer: PeerAddress, isRefused: Bool, limits: RequestLimits) {
        self.id = id
        self.peer = peer
        self.isRefused = isRefused
        decoder = HeadDecoder(limits: limits)
    }
}
