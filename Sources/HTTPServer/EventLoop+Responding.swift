import CLinux
import Glibc
import HTTPMessage

/// Sending responses.
extension EventLoop {
    /// Bodies up to this size are copied behind their head; larger ones are sent from where they are.
    private static let maxCopiedBody = 8 << 10

    /// Takes a handler's answer.
    func respond(to connection: Connection, with response: Response) {
        guard connection.phase == .handling, let exchange = connection.exchange else { return }
        connection.exchange = nil
        connection.servedAny = true
        connection.phase = .head
        var after = Connection.AfterOutput.keep
        if !exchange.head.keepsAlive || response.closesConnection || isDraining || connection.isPeerDone {
            after = .close
        }
        if let body = exchange.body {
            // Not read to its end. Nobody will: let a consumer that outlives its handler know.
            let isUsable = body.consumer.isIntact
            body.consumer.fail(.disconnected)
            if isUsable, after == .keep, !exchange.owesContinue, let remaining = body.decoder.remaining,
                remaining <= Self.maxDiscarded
            {
                connection.discardDecoder = body.decoder
                connection.phase = .discarding
            } else {
                after = .linger
            }
        }
        enqueue(response, to: connection, head: exchange.head, startedAt: exchange.startedAt, after: after)
    }

    /// Answers a request that never got to a handler, and closes.
    func refuse(_ connection: Connection, _ response: Response) {
        connection.leftover = []
        enqueue(response, to: connection, head: nil, startedAt: clock.now, after: .linger)
    }

    /// Encodes a response behind what is to be sent already.
    func enqueue(
        _ response: Response, to connection: Connection, head: RequestHead?, startedAt: Int64,
        after: Connection.AfterOutput
    ) {
        let answersHead = head?.method == .head
        let persistence: Response.Persistence =
            switch after {
            case .close, .linger: .close
            case .keep: head?.version == .http10 ? .keepAlive : .implied
            }
        response.encodeHead(
            into: &scratch, standingLines: clock.standingLines, answersHead: answersHead,
            persistence: persistence)
        connection.afterOutput = after

        let sendsBody = !answersHead && !response.status.forbidsBody
        let bodyCount = sendsBody ? response.body.count : 0
        let isLogged = context.configuration.accessLog != nil
        switch response.body {
        case .bytes(let bytes) where sendsBody && bytes.count <= Self.maxCopiedBody:
            scratch.append(contentsOf: bytes)
        case .bytes(let bytes) where sendsBody:
            gatherScratch(connection)
            connection.output.append(bytes)
        case .file(let file) where sendsBody:
            gatherScratch(connection)
            connection.output.append(file)
        case .empty, .bytes, .file:
            break
        }
        guard isLogged else { return }
        let entry = AccessLogEntry(head, status: response.status.code, bytes: bodyCount, startedAt: startedAt)
        if connection.output.isEmpty {
            log(entry, connection)
        } else {
            connection.logEntry = entry
            connection.bodyEnd = connection.output.sent + connection.output.unsent
        }
    }

    /// Moves what was gathered so far in front of what the connection's queue will get.
    private func gatherScratch(_ connection: Connection) {
        connection.output.append(Array(scratch))
        scratch.removeAll(keepingCapacity: true)
    }

    /// Sends as much as the socket takes; `scratch` is empty afterwards.
    func flush(_ connection: Connection) -> OutputQueue.Outcome {
        if connection.output.isEmpty, connection.isWritable {
            let count = scratch.withUnsafeBytes {
                send(connection.descriptor, $0.baseAddress, $0.count, linux_MSG_NOSIGNAL)
            }
            if count == scratch.count {
                connection.output.noteSent(count)
                scratch.removeAll(keepingCapacity: true)
                return .done
            }
            if count < 0, errno != EAGAIN, errno != EINTR { return .failed }
            connection.output.noteSent(max(0, count))
            connection.output.append(Array(scratch[max(0, count)...]))
            scratch.removeAll(keepingCapacity: true)
        } else if !scratch.isEmpty {
            gatherScratch(connection)
        }
        guard connection.isWritable else { return .blocked }
        let outcome = connection.output.send(to: connection.descriptor)
        if case .blocked = outcome { connection.isWritable = false }
        return outcome
    }

    /// Does what follows once everything is sent.
    ///
    /// - Returns: whether the connection goes on.
    func finishOutput(_ connection: Connection) -> Bool {
        if let entry = connection.logEntry {
            log(entry, connection)
            connection.logEntry = nil
        }
        switch connection.afterOutput {
        case .keep: return true
        case .close where !connection.isReadable && connection.leftover.isEmpty:
            shut(connection)
            return false
        case .close, .linger:
            // Closing over unread input would reset the connection and take the response with it.
            if connection.phase != .lingering {
                shutdown(connection.descriptor, Int32(SHUT_WR))
                connection.phase = .lingering
                connection.discardDecoder = nil
            }
            return true
        }
    }

    private func log(_ entry: AccessLogEntry, _ connection: Connection) {
        guard let format = context.configuration.accessLog?.format else { return }
        entry.write(
            to: &accessLines, as: format, peer: connection.peer.text, time: clock.logTime,
            elapsed: clock.now - entry.startedAt)
    }

    /// Logs a response that did not get through, with the bytes that did.
    func logAborted(_ connection: Connection) {
        guard var entry = connection.logEntry else { return }
        let missing = connection.bodyEnd - connection.output.sent
        entry.bytes = max(0, entry.bytes - missing)
        log(entry, connection)
        connection.logEntry = nil
    }
}
