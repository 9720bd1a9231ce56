package import HTTPMessage

/// Bytes kept in memory with every response they give rise to, made once.
package struct CachedContent: Sendable {
    package enum GzipVariant: Sendable {
        case none
        /// Compressed now, where that makes it smaller.
        case precompressed
    }

    private let whole: Response
    private let gzipped: Response?
    private let notModified: Response
    private let etags: [EntityTag]

    /// - Parameters:
    ///   - etag: of the plain bytes; the gzip variant's ends in `-gzip`.
    ///   - extraHeaders: Cache-Control and the like; no Content-Type or ETag.
    package init(
        bytes: [UInt8], contentType: String, etag: EntityTag, extraHeaders: Headers = Headers(),
        gzip: GzipVariant = .none
    ) {
        let compressed: [UInt8]? =
            switch gzip {
            case .none: nil
            case .precompressed: bytes.count < 256 ? nil : Gzip.compress(bytes)
            }
        let smaller = compressed.flatMap { $0.count < bytes.count ? $0 : nil }

        var common = extraHeaders
        if smaller != nil {
            common["Vary"] = common["Vary"].map { "\($0), Accept-Encoding" } ?? "Accept-Encoding"
        }
        let gzipTag = EntityTag(etag.opaque + "-gzip", isWeak: etag.isWeak)

        func headers(_ tag: EntityTag) -> Headers {
            var headers = common
            headers.add("ETag", tag.description)
            return headers
        }
        var plainHeaders = headers(etag)
        plainHeaders.add("Content-Type", contentType)
        whole = Response(.ok, headers: plainHeaders, body: .bytes(bytes))
        gzipped = smaller.map { smaller in
            var gzipHeaders = headers(gzipTag)
            gzipHeaders.add("Content-Type", contentType)
            gzipHeaders.add("Content-Encoding", "gzip")
            return Response(.ok, headers: gzipHeaders, body: .bytes(smaller))
        }
        etags = smaller == nil ? [etag] : [etag, gzipTag]
        notModified = Response(.notModified, headers: headers(etag))
    }

    /// Bytes this keeps in memory.
    package var cost: Int { whole.body.count + (gzipped?.body.count ?? 0) }

    /// Answers GET or HEAD.
    package func response(to head: RequestHead) -> Response {
        if head.headers.contains("If-None-Match"), Conditional.isNotModified(head.headers, etags: etags) {
            return notModified
        }
        if let gzipped, ContentCoding.acceptsGzip(head.headers["Accept-Encoding"]) { return gzipped }
        return whole
    }
}
