/// Why an upload is refused, as the uploader is told.
package struct UploadRefusal: Error, Hashable, Sendable {
    /// The HTTP status, 4xx.
    package let status: Int
    /// One sentence or more; clients recognise some by their text, so it is exact. May quote what was sent, but
    /// is at most `maxMessageLength` characters long.
    package let message: String

    /// Our limit on messages that quote.
    package static let maxMessageLength = 2_000

    package init(status: Int = 400, message: String) {
        self.status = status
        let scalars = message.unicodeScalars
        let end = scalars.index(
            scalars.startIndex, offsetBy: Self.maxMessageLength, limitedBy: scalars.endIndex)
        if let end, end < scalars.endIndex {
            self.message = String(Substring(scalars[..<end])) + "…"
        } else {
            self.message = message
        }
    }
}
