package import HTTPMessage
package import HTTPServer
import Logging
import Packaging
package import TUF
package import Warehouse

/// The public face of a warehouse: which path is answered by what.
package struct Site: Handler {
    package let warehouse: Warehouse
    let feed: PublicationFeed
    let cache: PublicCache
    let pool: BlockingPool
    let upload: UploadSettings
    package let claims: ClaimRules
    package let now: @Sendable () -> MetadataTime
    let traffic = Traffic()
    /// How long an answer waits for the snapshot that carries what was asked for.
    package var patience: Duration { upload.wait }

    /// What an operator decides about this face.
    package struct UploadSettings: Sendable {
        let rules: UploadRules
        /// How long an upload waits for the snapshot that carries it.
        let wait: Duration

        package init(rules: UploadRules, wait: Duration) {
            self.rules = rules
            self.wait = wait
        }
    }

    /// - Parameters:
    ///   - feed: drops `cache` whenever something new is public.
    ///   - pool: where disks and hashes are waited for.
    package init(
        warehouse: Warehouse, feed: PublicationFeed, cache: PublicCache, pool: BlockingPool,
        upload: UploadSettings, claims: ClaimRules, now: @escaping @Sendable () -> MetadataTime
    ) {
        self.warehouse = warehouse
        self.feed = feed
        self.cache = cache
        self.pool = pool
        self.upload = upload
        self.claims = claims
        self.now = now
    }

    package func immediate(_ head: RequestHead) -> Response? {
        guard head.method == .get || head.method == .head else { return nil }
        guard let response = cache.content(for: CacheKey(head))?.response(to: head) else { return nil }
        traffic.countCached(head, response.status)
        return response
    }

    package func maximumBodyBytes(_ head: RequestHead) -> Int {
        switch Route(head) {
        // The form's text fields and the multipart framing come on top of the file. A redirected upload comes with
        // its body, too.
        case .upload, .redirect: upload.rules.maxFileSize + UploadBody.maxFormBytes
        case .maintainer(.transaction): upload.rules.maxFileSize * 4 + UploadBody.maxFormBytes
        case .maintainer: Self.maxRequestBytes
        // Bodies that make no sense are read as far as it takes to say what does.
        default: 64 << 10
        }
    }

    package func respond(to request: Request) async -> Response {
        let began = ContinuousClock.now
        let response = await answer(to: request)
        traffic.count(request.head, response.status, took: ContinuousClock.now - began)
        return response
    }

    private func answer(to request: Request) async -> Response {
        let head = request.head
        guard let route = Route(head) else { return .notFound }
        guard route.allows(head.method) else { return .methodNotAllowed(allow: route.allowedMethods) }
        do {
            if !route.isServedAlways, let interruption = try await interruption() {
                return .interrupted(interruption, head)
            }
            switch route {
            case .upload: return await respondToUpload(request)
            case .maintainer(let route): return await respondToMaintainer(request, route)
            case .redirect(let location, let status): return .redirect(to: location, status)
            case .welcome: return .welcome
            case .rootPage: return try await rootPage(head)
            case .projectPage(let name): return try await projectPage(name, head)
            case .file(let path): return try await file(path, head)
            case .timestamp: return try await timestamp(head)
            case .metadata(let role, let version): return try await metadata(role, version: version, head)
            case .target(let project, let sha256, let filename):
                return try await target(project, sha256: sha256, filename: filename, head)
            case .bulletins: return try await bulletins(head)
            case .bulletin(let id): return try await bulletin(id, head)
            case .bulletinFeed: return try await bulletinFeed(head)
            case .health: return .text(.ok, "ok")
            case .readiness: return try await readiness()
            case .metrics: return await metrics()
            }
        } catch {
            warehouse.logger.error("cannot answer", metadata: ["path": "\(head.path)", "error": "\(error)"])
            return .unavailable
        }
    }

    private func interruption() async throws -> Interruption? {
        if feed.isLive, let known = cache.interruption { return known }
        let generation = cache.generation
        let found = try await warehouse.interruption()
        if feed.isLive { cache.keep(found, of: generation) }
        return found
    }
}
