import CLinux
import Glibc
import HTTPMessage

/// Reading requests.
extension EventLoop {
    /// Bytes asked of a connection that is between requests; what turns out to be beyond the head stays with
    /// the connection while a handler works, so this bounds memory.
    private static let headReadSize = 16 << 10
    /// Bytes of an unread body that are worth reading to keep the connection.
    static let maxDiscarded = 64 << 10

    private enum Received {
        case bytes(Int)
        case nothing
        case end
        case failed
    }

    /// Reads into `input`.
    private func receive(_ connection: Connection, atMost limit: Int) -> Received {
        guard connection.isReadable else { return .nothing }
        let wanted = min(limit, input.count)
        while true {
            let count = recv(connection.descriptor, input.baseAddress, wanted, 0)
            if count > 0 {
                // Less than asked for: the next arrival raises another edge. The end of input has its own.
                if count < wanted, !connection.isPeerDone { connection.isReadable = false }
                return .bytes(count)
            }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            connection.isReadable = false
            return errno == EAGAIN ? .nothing : .failed
        }
    }

    /// Reads and answers requests.
    ///
    /// - Returns: whether there may be more to do.
    func readHeads(_ connection: Connection) -> Bool {
        if !connection.leftover.isEmpty {
            let bytes = connection.leftover
            connection.leftover = []
            takeRequests(bytes.span, connection)
            return true
        }
        switch receive(connection, atMost: Self.headReadSize) {
        case .bytes(let count):
            takeRequests(UnsafeBufferPointer(rebasing: input[..<count]).span, connection)
            return true
        case .nothing: return false
        case .end, .failed:
            shut(connection)
            return false
        }
    }

    /// Answers the requests in `bytes`; keeps what a handler's task, a large response or nothing more than an
    /// incomplete head leaves over.
    private func takeRequests(_ bytes: Span<UInt8>, _ connection: Connection) {
        var offset = 0
        while offset < bytes.count, connection.phase == .head, connection.afterOutput == .keep,
            connection.output.isEmpty, scratch.count < Self.inputCapacity
        {
            do throws(RequestError) {
                guard
                    let (head, consumed) = try connection.decoder.decode(
                        bytes.extracting(offset..<bytes.count))
                else { return }
                offset += consumed
                try begin(head, connection)
            } catch {
                refuse(connection, .refusal(error))
                return
            }
        }
        if offset < bytes.count, connection.phase == .head || connection.phase == .handling,
            connection.afterOutput == .keep
        {
            connection.leftover = bytes.extracting(offset..<bytes.count).withUnsafeBufferPointer { Array($0) }
        }
    }

    private func begin(_ head: RequestHead, _ connection: Connection) throws(RequestError) {
        connection.timer = .none
        if head.framing == .none {
            if let response = context.handler.immediate(head) {
                connection.servedAny = true
                enqueue(
                    response, to: connection, head: head, startedAt: clock.now,
                    after: head.keepsAlive && !response.closesConnection && !isDraining ? .keep : .close)
                return
            }
            start(Connection.Exchange(head: head, startedAt: clock.now, owesContinue: false), connection)
            return
        }
        let decoder = try BodyDecoder(head.framing, limit: context.handler.maximumBodyBytes(head))
        let consumer = RequestBody(contentLength: decoder.remaining) { [mailbox, id = connection.id] in
            mailbox.post(.readBody(id))
        }
        start(
            Connection.Exchange(
                head: head, startedAt: clock.now, body: (consumer, decoder),
                owesContinue: head.expectsContinue),
            connection)
    }

    /// Hands a request to the handler, in a task that the connection owns.
    private func start(_ exchange: Connection.Exchange, _ connection: Connection) {
        connection.phase = .handling
        let request = Request(
            head: exchange.head, peer: connection.peer.text, body: exchange.body?.consumer ?? RequestBody())
        connection.exchange = exchange
        connection.exchange?.task = Task { [handler = context.handler, mailbox, id = connection.id] in
            let response = await handler.respond(to: request)
            mailbox.post(.respond(id, response))
        }
    }

    /// Answers `Expect: 100-continue`, once the handler wants the body.
    func sendContinue(to connection: Connection) {
        guard let exchange = connection.exchange, exchange.owesContinue else { return }
        connection.exchange?.owesContinue = false
        // Where the body is arriving anyway there is nothing to ask for.
        if connection.leftover.isEmpty {
            connection.output.append(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
    }

    /// Reads as much of the body as its consumer has room for.
    func readBody(_ connection: Connection) -> Bool {
        guard let body = connection.exchange?.body else {
            noticeDeparture(connection)
            return false
        }
        let room = body.consumer.room()
        guard room > 0 else { return false }
        if !connection.leftover.isEmpty {
            let bytes = connection.leftover
            connection.leftover = []
            let taken = bytes.withUnsafeBufferPointer { deliver($0, to: connection) }
            if taken < bytes.count { connection.leftover = Array(bytes[taken...]) }
            return true
        }
        switch receive(connection, atMost: min(room, body.decoder.remaining ?? room)) {
        case .bytes(let count):
            let taken = deliver(UnsafeBufferPointer(rebasing: input[..<count]), to: connection)
            if taken < count { connection.leftover = Array(input[taken..<count]) }
            return true
        case .nothing: return false
        case .end, .failed:
            body.consumer.fail(.disconnected)
            connection.exchange?.task?.cancel()
            connection.isReadable = false
            return false
        }
    }

    /// Passes the body's part of `bytes` on.
    ///
    /// - Returns: how many bytes were the body's.
    private func deliver(_ bytes: UnsafeBufferPointer<UInt8>, to connection: Connection) -> Int {
        guard var body = connection.exchange?.body else { return 0 }
        var offset = 0
        do throws(RequestError) {
            while offset < bytes.count {
                let rest = UnsafeBufferPointer(rebasing: bytes[offset...])
                let piece = try body.decoder.decode(rest.span)
                body.consumer.deliver(UnsafeBufferPointer(rebasing: rest[piece.data]))
                connection.received += piece.data.count
                offset += piece.consumed
                if piece.isLast {
                    body.consumer.finish()
                    connection.exchange?.body = nil
                    return offset
                }
            }
            connection.exchange?.body = body
            return offset
        } catch {
            body.consumer.fail(error)
            connection.exchange?.body = body
            return bytes.count
        }
    }

    /// Cancels the handler's task where the client has gone. A client may also have closed only its own side:
    /// what the handler still answers is sent.
    private func noticeDeparture(_ connection: Connection) {
        if connection.isPeerDone { connection.exchange?.task?.cancel() }
    }

    /// Reads and drops the rest of a body, to get to the next request.
    func discardBody(_ connection: Connection) -> Bool {
        guard var decoder = connection.discardDecoder else {
            connection.phase = .head
            return true
        }
        var bytes = connection.leftover
        connection.leftover = []
        if bytes.isEmpty {
            switch receive(connection, atMost: decoder.remaining ?? Self.maxDiscarded) {
            case .bytes(let count): bytes = Array(input[..<count])
            case .nothing: return false
            case .end, .failed:
                shut(connection)
                return false
            }
        }
        do throws(RequestError) {
            let piece = try decoder.decode(bytes.span)
            connection.received += piece.consumed
            connection.discardDecoder = piece.isLast ? nil : decoder
            connection.leftover = Array(bytes[piece.consumed...])
            return true
        } catch {
            shut(connection)
            return false
        }
    }

    /// Reads and drops whatever still comes.
    func linger(_ connection: Connection) -> Bool {
        connection.leftover = []
        switch receive(connection, atMost: input.count) {
        case .bytes: return true
        case .nothing: return false
        case .end, .failed:
            shut(connection)
            return false
        }
    }
}
