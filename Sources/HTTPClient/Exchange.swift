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
    /// Whether libcurl was told to stop in the middle of a refusal, of which enough is here.
    private(set) var isCutOff = false

    /// What is always taken of a refusal, in bytes.
    private static let minRefusalBytes = 4096

    init(address: String, maxBytes: Int, sent: ((Int) -> Void)?, received: HTTPClient.Sink?) {
        self.address = address
        self.maxBytes = maxBytes
        self.sent = sent
        self.received = received
    }

    /// - Returns: whether to go on.
    func take(_ bytes: UnsafeRawBufferPointer, status: Int) -> Bool {
        count += bytes.count
        if status != 200, count > max(maxBytes, Self.minRefusalBytes) {
            isCutOff = true
            return false
        }
        guard status != 200 || count <= maxBytes else {
            failure = HTTPClientError.tooLong(address: address, maxBytes: maxBytes)
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
