package import HTTPMessage

/// Answers GET or HEAD with a file: conditions, single ranges with If-Range, `sendfile`.
///
/// - Parameters:
///   - descriptor: open for reading; ownership passes.
///   - size: of the file, in bytes.
///   - headers: Content-Type, Cache-Control and the like; ETag and Accept-Ranges are added.
///   - lastModified: seconds since 1970.
/// - Source: RFC 9110 §13.2.2, §14.
package func fileResponse(
    _ head: RequestHead, descriptor: Int32, size: Int, etag: EntityTag?, headers: Headers = Headers(),
    lastModified: Int? = nil
) -> Response {
    fileResponse(
        head, file: FileDescriptor(owning: descriptor), size: size, etag: etag, headers: headers,
        lastModified: lastModified)
}

/// As above, for a file somebody else may hold too.
package func fileResponse(
    _ head: RequestHead, file: any OpenFile, size: Int, etag: EntityTag?, headers: Headers = Headers(),
    lastModified: Int? = nil
) -> Response {
    var headers = headers
    if let etag { headers["ETag"] = etag.description }
    if let lastModified { headers["Last-Modified"] = HTTPDate.text(lastModified) }
    headers["Accept-Ranges"] = "bytes"
    if Conditional.isNotModified(head.headers, etags: etag.map { [$0] } ?? [], lastModified: lastModified) {
        headers.remove("Content-Type")
        return Response(.notModified, headers: headers)
    }
    switch ByteRange(head, size: size, etag: etag, lastModified: lastModified) {
    case .whole:
        return Response(.ok, headers: headers, body: .file(FileBody(file: file, length: size)))
    case .part(let range):
        headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        let body = FileBody(file: file, offset: range.lowerBound, length: range.count)
        return Response(.partialContent, headers: headers, body: .file(body))
    case .unsatisfiable:
        var refusal = Response.text(
            .rangeNotSatisfiable, "416 Range Not Satisfiable\nThe representation has \(size) bytes.")
        refusal.headers.add("Content-Range", "bytes */\(size)")
        return refusal
    }
}
