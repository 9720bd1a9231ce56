import CLinux
import HTTPMessage

/// Deadlines: what a client may keep waiting, and for how long.
extension EventLoop {
    /// Sets the deadline that fits what the connection now waits for; one that is running goes on.
    func updateTimer(_ connection: Connection) {
        let timer = timer(for: connection)
        guard timer != connection.timer else { return }
        connection.timer = timer
        connection.deadline =
            switch timer {
            case .none: .max
            case .firstHead, .head: clock.now + limits.headTimeout
            case .idle: clock.now + (isDraining ? limits.drainGrace : limits.idleTimeout)
            case .body: clock.now + limits.bodyTimeout
            case .write: clock.now + limits.writeTimeout
            case .linger: clock.now + limits.lingerTimeout
            }
        switch timer {
        case .body: connection.progressMark = connection.received
        case .write: connection.progressMark = acknowledged(connection)
        case .none, .firstHead, .head, .idle, .linger: break
        }
    }

    private func timer(for connection: Connection) -> Connection.Timer {
        if !connection.output.isEmpty { return .write }
        switch connection.phase {
        case .head:
            if !connection.decoder.isIdle { return .head }
            return connection.servedAny ? .idle : .firstHead
        case .handling:
            guard let body = connection.exchange?.body, body.consumer.room() > 0 else { return .none }
            return .body
        case .discarding: return .body
        case .lingering: return .linger
        }
    }

    /// Bytes that have reached the client.
    private func acknowledged(_ connection: Connection) -> Int {
        connection.output.sent - Int(linux_unacknowledged(connection.descriptor))
    }

    /// Deals with a deadline that has passed.
    func expire(_ connection: Connection) {
        switch connection.timer {
        case .none:
            connection.deadline = .max
        case .firstHead, .idle, .linger:
            shut(connection)
        case .head:
            refuse(connection, .refusal(.timedOut))
            pump(connection)
        case .body:
            if connection.received - connection.progressMark >= limits.minimumBodyBytes {
                renew(connection)
            } else if connection.phase == .handling {
                // The handler answers, with what `next` throws.
                connection.exchange?.body?.consumer.fail(.timedOut)
                updateTimer(connection)
            } else {
                shut(connection)
            }
        case .write:
            if acknowledged(connection) - connection.progressMark >= limits.minimumWriteBytes {
                renew(connection)
            } else {
                shut(connection)
            }
        }
    }

    private func renew(_ connection: Connection) {
        connection.timer = .none
        updateTimer(connection)
    }
}
