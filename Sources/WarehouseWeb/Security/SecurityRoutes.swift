import HTTPMessage
import HTTPServer
import TUF
import Warehouse

/// `/security/`: what administrators tell users (PEP 480, "In the Event of a Key Compromise").
extension Site {
    func bulletins(_ head: RequestHead) async throws -> Response {
        try await cached(head) {
            Self.securityContent(
                SecurityPage.all(try await warehouse.bulletins()), "text/html; charset=utf-8")
        }
    }

    func bulletin(_ id: Int, _ head: RequestHead) async throws -> Response {
        try await cached(head) {
            try await warehouse.bulletin(id: id).map {
                Self.securityContent(SecurityPage.one($0), "text/html; charset=utf-8")
            }
        }
    }

    func bulletinFeed(_ head: RequestHead) async throws -> Response {
        try await cached(head) {
            Self.securityContent(
                SecurityFeed.atom(try await warehouse.bulletinBoard()), "application/atom+xml; charset=utf-8")
        }
    }

    /// Drops what this process keeps in memory, for an answer that says that a change is public. Other processes follow
    /// when the notification reaches them.
    package func forgetPages() { cache.drop() }

    /// Waits until a transaction is public, as long as uploads wait.
    package func publication(of transaction: Int) async {
        _ = await feed.publication(of: transaction, within: upload.wait)
    }

    private static func securityContent(_ bytes: [UInt8], _ contentType: String) -> CachedContent {
        CachedContent(
            bytes: bytes, contentType: contentType, etag: EntityTag(Digest.sha256Hex(bytes)),
            extraHeaders: SecurityPage.headers, gzip: .precompressed)
    }
}
