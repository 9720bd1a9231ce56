import Glibc

/// Carries a client from one closure to the next; tests use it in one at a time.
struct SendableClient: @unchecked Sendable {
    // Guard: the test awaits each closure before the next one begins.
    let client: RawClient

    init(_ client: RawClient) { self.client = client }
}

extension RawClient {
    /// Whether something can be read, or the end was reached, within `milliseconds`.
    func hasInput(within milliseconds: Int32) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, milliseconds) > 0
    }

    /// Sends until the socket takes nothing for half a second.
    ///
    /// - Returns: how many bytes it took.
    func sendUntilStalled(limit: Int) -> Int {
        let block = [UInt8](repeating: 120, count: 64 << 10)
        var sent = 0
        while sent < limit {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, 500) > 0 else { break }
            let count = Glibc.send(
                descriptor, block, min(block.count, limit - sent),
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if count > 0 { sent += count }
        }
        return sent
    }
}
