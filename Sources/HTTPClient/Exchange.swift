/// One request and what came back so far, as libcurl's callbacks see it.
final class Exchange {
    let address: String
    let maxBytes: Int
    let sent: ((Int) -> Void)?
    let received: HTTPClient.Sink?
    /// Where the request's body is read from; -1 where it is none.
    var upload: Int32 = -1
    var count = 0
    var body: [UInt8] = []
    /// Why libcurl was told to stop.
    var failure: (any Error)?

    /// What is fetched may be smaller than the page that says that it is not there. Our own limit, in bytes.
    private static let maxRefusalBytes = 1 << 20

    init(address: String, maxBytes: Int, sent: ((Int) -> Void)?, received: HTTPClient.Sink?) {
        self.address = address
        self.maxBytes = maxBytes
        self.sent = sent
        self.received = received
    }

    /// - Returns: whether to go on.
    func take(_ bytes: UnsafeRawBufferPointer, status: Int) -> Bool {
        count += bytes.count
        let limit = status == 200 ? maxBytes : max(maxBytes, Self.maxRefusalBytes)
        guard count <= limit else {
            failure = HTTPClientError.tooLong(address: address, maxBytes: limit)
            return false
        }
        guard let received, status == 200 else {
            body.append(contentsOf: bytes)
            return true
        }
        do {
            try received(bytes)
            return true
        } catch {
            failure = error
            return false
        }
    }
}
