import HTTPMessage
import HTTPServer
import Packaging
import TUF
import Warehouse

/// The simple repository API. A project's page is the very target that the snapshot lists.
extension Site {
    func projectPage(_ name: String, _ head: RequestHead) async throws -> Response {
        let representation = Representation(negotiatedWith: head)
        return try await cached(head) {
            guard let page = try await warehouse.page(of: name, format: representation.pageFormat) else {
                return nil
            }
            return CachedContent(
                bytes: page.bytes, contentType: representation.contentType,
                etag: EntityTag(Hex.encode(page.sha256)), extraHeaders: Self.pageHeaders(serial: page.serial),
                gzip: .precompressed)
        }
    }

    /// Served from the database and not among the targets: see "Names on the wire" in README.md.
    func rootPage(_ head: RequestHead) async throws -> Response {
        let representation = Representation(negotiatedWith: head)
        return try await cached(head) {
            let projects = try await warehouse.projects()
            let serial = projects.map(\.serial).max() ?? 0
            let bytes = RootPage.bytes(
                representation.pageFormat == .html ? .html : .json, serial: serial, projects: projects)
            return CachedContent(
                bytes: bytes, contentType: representation.contentType,
                etag: EntityTag(Digest.sha256Hex(bytes)),
                extraHeaders: Self.pageHeaders(serial: serial), gzip: .precompressed)
        }
    }

    /// A private index must show an upload at once, so clients may keep a page but have to ask each time.
    private static func pageHeaders(serial: Int) -> Headers {
        [
            "Cache-Control": "no-cache",
            "Vary": "Accept",
            "X-PyPI-Last-Serial": String(serial),
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Max-Age": "86400",
            "Access-Control-Expose-Headers": "X-PyPI-Last-Serial",
        ]
    }

    /// Answers with content that `make` looks up, and keeps it while changes reach us at once.
    func cached(_ head: RequestHead, make: () async throws -> CachedContent?) async throws -> Response {
        let generation = cache.generation
        guard let content = try await make() else { return .notFound }
        if feed.isLive { cache.keep(content, for: CacheKey(head), of: generation) }
        return content.response(to: head)
    }
}
