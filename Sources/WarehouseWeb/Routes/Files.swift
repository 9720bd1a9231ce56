import Blobs
import HTTPMessage
import HTTPServer
import Logging
import TUF
import Warehouse

/// Distributions and the core metadata beside them, once a snapshot lists them.
extension Site {
    private static let metadataSuffix = ".metadata"

    func file(_ path: [String], _ head: RequestHead) async throws -> Response {
        guard var name = try? BlobName(path: path.joined(separator: "/")) else { return .notFound }
        let isMetadata = name.filename.hasSuffix(Self.metadataSuffix)
        if isMetadata {
            let filename = String(name.filename.dropLast(Self.metadataSuffix.count))
            name = try BlobName(blake2Hex: name.blake2Hex, filename: filename)
        }
        guard let file = try await warehouse.file(at: name) else { return .notFound }
        guard isMetadata else { return try await blob(file.blob, sha256: file.sha256, head) }
        guard let sha256 = file.metadataSHA256 else { return .notFound }
        return try await blob(file.blob.metadataSidecar(), sha256: sha256, head)
    }

    /// `/tuf/targets/<project>/<sha256>.<filename>`, by which TUF clients ask (TUF §6.2, consistent snapshots).
    func target(
        _ project: String, sha256: String, filename: String, _ head: RequestHead
    ) async throws -> Response {
        guard let digest = Hex.decode(sha256) else { return .notFound }
        for format in PageFormat.allCases where format.targetName == filename {
            return try await cached(head) {
                guard let page = try await warehouse.page(of: project, format: format, sha256: digest) else {
                    return nil
                }
                return CachedContent(
                    bytes: page.bytes,
                    contentType: format == .html ? "text/html; charset=utf-8" : "application/json",
                    etag: EntityTag(sha256), extraHeaders: Self.immutable, gzip: .precompressed)
            }
        }
        guard let file = try await warehouse.file(of: project, filename: filename, sha256: digest) else {
            return .notFound
        }
        return try await blob(file.blob, sha256: file.sha256, head)
    }

    private func blob(_ name: BlobName, sha256: [UInt8], _ head: RequestHead) async throws -> Response {
        let blobs = warehouse.blobs
        let opened = try await pool.run { () -> (descriptor: Int32, size: Int)? in
            guard let blob = try blobs.open(name) else { return nil }
            return (try blob.makeDescriptor(), blob.size)
        }
        guard let opened else {
            warehouse.logger.error("a listed blob is missing", metadata: ["blob": "\(name.path)"])
            return .notFound
        }
        var headers = Self.immutable
        headers.add("Content-Type", "application/octet-stream")
        return fileResponse(
            head, descriptor: opened.descriptor, size: opened.size, etag: EntityTag(Hex.encode(sha256)),
            headers: headers)
    }

    /// For what is named by its hash or version, and so never changes under that name.
    static let immutable: Headers = [
        "Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*",
    ]
}
