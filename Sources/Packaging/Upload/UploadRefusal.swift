/// Why an upload is refused, as the uploader is told.
package struct UploadRefusal: Error, Hashable, Sendable {
    /// The HTTP status, 4xx.
    package let status: Int
    /// One sentence or more; clients recognise some by their text, so it is exact. May quote what was sent.
    package let message: String

    package init(status: Int = 400, message: String) {
        self.status = status
        self.message = message
    }
}
