import CLinux
import Glibc
import HTTPMessage
import Logging
import Synchronization

/// The connections of a loop, from adoption to the end.
extension EventLoop {
    func connection(_ id: ConnectionID) -> Connection? {
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

    func watch(_ descriptor: Int32, _ interest: UInt32, token: UInt64) {
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
