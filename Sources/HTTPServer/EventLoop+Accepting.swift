import CLinux
import Glibc
import HTTPMessage
import Logging
import Synchronization

/// Accepting connections and turning them away.
extension EventLoop {
    private static let maxAcceptsPerTurn = 64
    static let overloaded = Response(
        .serviceUnavailable,
        headers: ["Content-Type": "text/plain; charset=utf-8", "Retry-After": "5"],
        body: .bytes(Array("503 Service Unavailable\nToo many connections are open.\n".utf8)),
        closesConnection: true)

    func acceptConnections() {
        for _ in 0..<Self.maxAcceptsPerTurn where isAccepting {
            guard let (descriptor, peer) = acceptOne() else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    turnOneAway()
                    continue
                default: return
                }
            }
            switch context.admission.admit(peer.key) {
            case .admitted:
                place(AcceptedConnection(descriptor: descriptor, peer: peer, isRefused: false))
            case .refused:
                adopt(AcceptedConnection(descriptor: descriptor, peer: peer, isRefused: true))
            case .dropped:
                close(descriptor)
            }
        }
    }

    private func acceptOne() -> (Int32, PeerAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                linux_accept(context.listener.descriptor, $0, &length)
            }
        }
        return descriptor >= 0 ? (descriptor, PeerAddress(storage)) : nil
    }

    /// Gives a connection to the loop that has fewest.
    private func place(_ accepted: AcceptedConnection) {
        var chosen = mailbox
        var load = mailbox.load.load(ordering: .relaxed)
        for other in context.mailboxes {
            let otherLoad = other.load.load(ordering: .relaxed)
            if otherLoad < load { (chosen, load) = (other, otherLoad) }
        }
        if chosen === mailbox || !chosen.post(.adopt(accepted)) { adopt(accepted) }
    }

    /// Out of descriptors: spends the spare one on telling the next client so. Where even that fails, stops
    /// accepting for a moment instead of spinning.
    private func turnOneAway() {
        if spareDescriptor >= 0 {
            close(spareDescriptor)
            spareDescriptor = -1
            if let (descriptor, _) = acceptOne() {
                var answer: [UInt8] = []
                Self.overloaded.encodeHead(
                    into: &answer, standingLines: clock.standingLines, answersHead: false, persistence: .close
                )
                if case .bytes(let body) = Self.overloaded.body { answer += body }
                _ = answer.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, linux_MSG_NOSIGNAL) }
                shutdown(descriptor, Int32(SHUT_WR))
                close(descriptor)
            }
            openSpareDescriptor()
        }
        if clock.now >= warnsAgainAt {
            warnsAgainAt = clock.now + 10_000_000_000
            context.logger.warning("out of file descriptors: connections are turned away")
        }
        stopAccepting()
        acceptsAgainAt = clock.now + 50_000_000
    }

    func openSpareDescriptor() {
        spareDescriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
}
