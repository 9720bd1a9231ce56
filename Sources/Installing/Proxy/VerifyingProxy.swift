import CSodium
package import HTTPMessage
package import HTTPServer
import Packaging
import TUF

/// The simple API for any installer, of which nothing is handed on before it is verified.
///
/// - Shape: `/simple/<project>/`, `/files/<project>/<filename>` and `….metadata`, below the secret where there is one.
///   403 is a refusal, 504 an index that does not answer; both say why in the reason phrase and in the body.
package struct VerifyingProxy: Handler {
    private let catalog: Catalog
    private let journal: Journal
    private let pool: BlockingPool
    private let secret: String?
    private let host: String

    private static let metadataSuffix = ".metadata"

    /// - Parameters:
    ///   - pool: where indexes and disks are waited for.
    ///   - secret: the first segment of every path, so that nobody else on the machine can ask; nil for everybody.
    ///   - host: as clients name this proxy. A request that is meant for another server, which comes here because this
    ///     is also the client's HTTP proxy, is refused.
    package init(
        _ catalog: Catalog, journal: Journal, pool: BlockingPool, secret: String?, host: String
    ) {
        self.catalog = catalog
        self.journal = journal
        self.pool = pool
        self.secret = secret
        self.host = host
    }

    package func maximumBodyBytes(_ head: RequestHead) -> Int { 0 }

    package func respond(to request: Request) async -> Response {
        let head = request.head
        if !head.target.hasPrefix("/"), !head.authority.hasPrefix("\(host):") {
            return refusal(.otherServer(head.authority))
        }
        guard head.method == .get || head.method == .head else {
            var response = Response.text(.methodNotAllowed, "405 Method Not Allowed")
            response.headers["Allow"] = "GET, HEAD"
            return response
        }
        guard let path = path(of: head) else { return Self.notFound }
        journal.serve()
        do {
            return try await pool.run { try answer(head, path) }
        } catch let error as InstallError {
            return refusal(error)
        } catch {
            return Response.text(
                .serviceUnavailable, "503 Service Unavailable\nThe proxy is busy. Try again.")
        }
    }

    private func path(of head: RequestHead) -> [String]? {
        guard let segments = head.pathSegments() else { return nil }
        guard let secret else { return segments }
        guard let first = segments.first, Self.areEqual(first, secret) else { return nil }
        return Array(segments.dropFirst())
    }

    /// Compares digests, in constant time, so that not even a length shows.
    private static func areEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Digest.sha256(Array(left.utf8)), Digest.sha256(Array(right.utf8)))
        return sodium_memcmp(left, right, left.count) == 0
    }

    private func answer(_ head: RequestHead, _ path: [String]) throws(InstallError) -> Response {
        switch path.first {
        case "" where path.count == 1:
            return Response.text(
                .ok, "bonded-pip: a verifying proxy. Point pip or uv at /simple/ as their index.")
        case "healthz" where path.count == 1: return Response.text(.ok, "ok")
        case "simple" where path.count == 3 && path[2].isEmpty:
            guard let project = try? ProjectName(path[1]) else { return Self.notFound }
            return try page(of: project, head)
        case "simple" where path.count == 2 && !path[1].isEmpty:
            guard let project = try? ProjectName(path[1]) else { return Self.notFound }
            return Response(.movedPermanently, headers: ["Location": "\(project.normalized)/"])
        case "simple" where path.count == 2:
            return Response.text(
                .notFound,
                "404 Not Found\nThe list of all projects is not sealed, and not handed on: ask for one.")
        case "files" where path.count == 3:
            guard let project = try? ProjectName(path[1]) else { return Self.notFound }
            return try file(path[2], of: project, head)
        default: return Self.notFound
        }
    }

    private func page(of project: ProjectName, _ head: RequestHead) throws(InstallError) -> Response {
        guard let found = try catalog.page(of: project) else { return Self.notFound }
        let link: (SimplePage.File) -> String = { file in
            "../../files/\(project.normalized)/\(percentEncodedPath(file.filename))"
        }
        let type =
            MediaRange.preferred(among: SimpleAPI.MediaType.offers, accept: head.headers["Accept"])
            .flatMap(SimpleAPI.MediaType.named) ?? .plainHTML
        let bytes =
            switch type {
            case .json: found.page.json(for: project, link: link)
            case .html, .plainHTML: found.page.html(for: project, link: link)
            }
        return CachedContent(
            bytes: bytes, contentType: type.contentType, etag: EntityTag(Digest.sha256Hex(bytes)),
            extraHeaders: ["Cache-Control": "no-cache", "Vary": "Accept"]
        ).response(to: head)
    }

    private func file(
        _ name: String, of project: ProjectName, _ head: RequestHead
    ) throws(InstallError) -> Response {
        let isMetadata = name.hasSuffix(Self.metadataSuffix)
        let filename = isMetadata ? String(name.dropLast(Self.metadataSuffix.count)) : name
        let found =
            isMetadata
            ? try catalog.metadata(filename, of: project) : try catalog.file(filename, of: project)
        guard let (file, page) = found else { return Self.notFound }
        if !isMetadata { journal.handOn(file, named: filename, on: page) }
        return fileResponse(
            head, file: file.content, size: file.content.size, etag: EntityTag(file.sha256),
            headers: [
                "Cache-Control": "public, max-age=31536000, immutable",
                "Content-Type": "application/octet-stream",
            ])
    }

    private static let notFound = Response.text(.notFound, "404 Not Found")

    private func refusal(_ error: InstallError) -> Response {
        journal.refuse(error)
        let code =
            switch error.kind {
            case .distrusted, .policy: 403
            case .unreachable: 504
            case .usage, .configuration, .system: 500
            }
        return Response.text(Status(code, reason: "\(error)"), "\(error)")
    }
}
