/// An open file that closes itself when it is dropped.
package protocol OpenFile: AnyObject, Sendable {
    var descriptor: Int32 { get }
}

/// A part of a file, sent without passing through the process.
package struct FileBody: Sendable {
    package let file: any OpenFile
    /// Byte of the file to start from.
    package let offset: Int
    package let length: Int

    package init(file: any OpenFile, offset: Int = 0, length: Int) {
        self.file = file
        self.offset = offset
        self.length = length
    }
}

/// An answer to a request.
///
/// The server writes `Date`, `Server`, `Content-Length` and `Connection` itself; such fields in `headers`
/// are dropped (`Content-Length` is kept for HEAD without a body). For HEAD give the body a GET would have,
/// or none.
package struct Response: Sendable {
    package enum Body: Sendable {
        case empty
        case bytes([UInt8])
        case file(FileBody)

        /// In bytes.
        package var count: Int {
            switch self {
            case .empty: 0
            case .bytes(let bytes): bytes.count
            case .file(let file): file.length
            }
        }
    }

    package var status: Status
    package var headers: Headers
    package var body: Body
    /// Closes the connection after this response.
    package var closesConnection: Bool

    package init(
        _ status: Status, headers: Headers = Headers(), body: Body = .empty, closesConnection: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.closesConnection = closesConnection
    }

    /// Plain text that ends in a line feed.
    package static func text(_ status: Status, _ text: String) -> Response {
        Response(
            status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: .bytes(Array((text + "\n").utf8)))
    }

    /// What the server itself answers to a request it refuses.
    package static func refusal(_ error: RequestError) -> Response {
        let status = error.status
        var response = text(status, "\(status.code) \(status.reason)\n\(error.explanation)")
        response.closesConnection = true
        return response
    }
}
