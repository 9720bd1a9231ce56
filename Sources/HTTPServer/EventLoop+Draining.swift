import CLinux
import Glibc
import HTTPMessage

/// What is due when, and coming to an end.
extension EventLoop {
    /// Milliseconds until something is due; -1 for never.
    func timeout() -> Int32 {
        if !waitingForTurn.isEmpty { return 0 }
        let due = min(nextSweep, acceptsAgainAt, accessLinesDue)
        guard due < .max else { return -1 }
        return Int32(clamping: max(0, (due - clock.now + 999_999) / 1_000_000))
    }

    /// Deals with every connection whose deadline has passed.
    func sweep() {
        for case let connection? in connections where connection.deadline <= clock.now {
            expire(connection)
        }
        if clock.now >= drainDeadline {
            for case let connection? in connections { shut(connection) }
        }
        nextSweep = connectionCount > 0 ? clock.now + limits.sweepInterval : .max
    }

    func drain(within timeout: Duration) {
        drainDeadline = min(drainDeadline, clock.now + timeout.clampedNanoseconds)
        guard !isDraining else { return }
        // Whoever got this far is served; later ones find nobody listening.
        acceptConnections()
        stopAccepting()
        context.listener.stop()
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

    func end() {
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
    func flushAccessLines(always: Bool) {
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
