import HTTPMessage
import HTTPServer
import TUF
import Warehouse

/// TUF metadata (TUF §6.1): `timestamp.json` and `<version>.<role>.json`.
extension Site {
    func timestamp(_ head: RequestHead) async throws -> Response {
        try await cached(head) {
            try await warehouse.currentMetadata(role: RoleName.timestamp.text).map { stored in
                content(stored, ["Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"])
            }
        }
    }

    func metadata(_ role: String, version: Int, _ head: RequestHead) async throws -> Response {
        try await cached(head) {
            try await warehouse.metadata(role: role, version: version).map { stored in
                content(stored, Self.immutable)
            }
        }
    }

    private func content(_ stored: StoredMetadata, _ headers: Headers) -> CachedContent {
        CachedContent(
            bytes: stored.bytes, contentType: "application/json",
            etag: EntityTag(Digest.sha256Hex(stored.bytes)), extraHeaders: headers, gzip: .precompressed)
    }
}
