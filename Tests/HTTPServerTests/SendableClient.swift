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
}
