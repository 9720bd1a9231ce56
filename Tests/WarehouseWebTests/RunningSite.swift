import Foundation
import HTTPServer
import Packaging
import TUF
import TestSupport
import Testing
import Warehouse
import WarehouseWeb

/// A site behind a real server, and by default the snapshot process that makes its uploads public.
struct RunningSite: Sendable {
    let index: TestIndex
    let client: WebClient
    let token: String

    enum Signing {
        case running
        case absent
    }

    static func with(
        _ signing: Signing = .running, rules: UploadRules = TestIndex.rules, wait: Duration = .seconds(30),
        _ body: (RunningSite) async throws -> Void
    ) async throws {
        try await TestIndex.with { index in
            let warehouse = index.warehouse
            let cache = PublicCache()
            let feed = PublicationFeed(database: warehouse.database, logger: warehouse.logger) {
                cache.drop()
            }
            let site = Site(
                warehouse: warehouse, feed: feed, cache: cache, pool: BlockingPool(label: "disk", width: 2),
                upload: .init(rules: rules, wait: wait), claims: ClaimRules(), now: { .now })
            let server = try Server(
                configuration: ServerConfiguration(loops: 1), handler: site, logger: warehouse.logger)
            try server.start()
            let process = SnapshotProcess(
                warehouse: warehouse, keyring: index.ceremony.keyring,
                settings: .init(supersededGrace: .seconds(3600), keyOverlap: .zero), now: { .now })
            let tasks = [
                Task { await feed.run() },
                Task { if signing == .running { await process.run() } },
            ]
            while !feed.isLive { try await Task.sleep(for: .milliseconds(10)) }

            let token = try await warehouse.createToken(
                account: "alice", scope: .upload, label: "", lifetime: nil)
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(
                    try await body(
                        RunningSite(
                            index: index, client: WebClient(port: server.port), token: token.text)))
            } catch {
                outcome = .failure(error)
            }
            await server.drain(timeout: .milliseconds(1))
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
            try outcome.get()
        }
    }

    /// A site with one public wheel.
    static func withWheel(
        _ wheel: TestDistribution = .wheel("Demo.Pkg"),
        _ body: (RunningSite, TestDistribution) async throws -> Void
    ) async throws {
        try await with { site in
            let answer = try await site.upload(wheel)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["X-Bonded-Snapshot"] != nil)
            try await body(site, wheel)
        }
    }

    /// Uploads as twine does.
    func upload(
        _ distribution: TestDistribution, authorization: String? = nil, accept: String? = nil
    ) async throws -> WebAnswer {
        let metadata = try CoreMetadata(parsing: distribution.metadata)
        let name = try DistributionFilename(distribution.filename)
        let fields = [
            (":action", "file_upload"), ("protocol_version", "1"), ("metadata_version", "2.1"),
            ("name", metadata.name.display), ("version", metadata.version.description),
            ("filetype", name.fileType.rawValue), ("pyversion", name.fileType == .wheel ? "py3" : "source"),
            ("requires_python", ">=3.8"), ("sha256_digest", Digest.sha256Hex(distribution.bytes)),
        ]
        var body = ""
        for (name, value) in fields {
            body += "--edge\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        body += "--edge\r\nContent-Disposition: form-data; name=\"content\"; "
        body += "filename=\"\(distribution.filename)\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        var headers = ["Content-Type": "multipart/form-data; boundary=edge"]
        headers["Authorization"] = authorization ?? Self.basic("__token__", token)
        headers["Accept"] = accept
        return try await client.send(
            "POST", "/legacy/", headers,
            body: Array(body.utf8) + distribution.bytes + Array("\r\n--edge--\r\n".utf8))
    }

    static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }

    /// Where a public file is, from its project's page.
    func filePath(_ distribution: TestDistribution, of project: String = "demo-pkg") async throws -> String {
        let page = try await client.get("/simple/\(project)/")
        let start = try #require(page.text.range(of: "/packages/"))
        let end = try #require(page.text[start.lowerBound...].firstIndex { "#\"".contains($0) })
        let path = String(page.text[start.lowerBound..<end])
        #expect(path.hasSuffix(distribution.filename))
        return path
    }
}
