package import HTTPMessage

/// A request as a handler gets it.
package struct Request: Sendable {
    package let head: RequestHead
    /// The client's address, as text, without port.
    package let peer: String
    package let body: RequestBody

    package init(head: RequestHead, peer: String, body: RequestBody) {
        self.head = head
        self.peer = peer
        self.body = body
    }
}

/// What answers requests.
package protocol Handler: Sendable {
    /// Answers a request without a body at once, or leaves it to `respond`. Runs on an event loop: it must not
    /// block or take long.
    func immediate(_ head: RequestHead) -> Response?

    /// Answers a request. Runs in a task of its own, which is cancelled when the client goes away.
    func respond(to request: Request) async -> Response

    /// Bytes of body this request may have; more is refused with 413.
    func maximumBodyBytes(_ head: RequestHead) -> Int
}

extension Handler {
    package func immediate(_ head: RequestHead) -> Response? { nil }
}
