import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import Installing
import Packaging
import TUF
import TUFClient
import Testing

@Suite("A verified index", .serialized, .ownThread)
struct VerifiedIndexTests {
    private let bench: Workbench
    private let demo: ProjectName

    init() throws {
        bench = try Workbench()
        demo = try ProjectName("demo")
    }

    private func fetched(_ index: VerifiedIndex) throws -> (file: IndexFile, page: IndexPage)? {
        guard let page = try index.page(of: demo), let listed = page.page.files.first else { return nil }
        return try index.file(listed, on: page).map { ($0, page) }
    }

    private func address(_ site: BondedSite) throws -> URL { try PinnedIndex(address: site.simple).address }

    @Test(
        "a page and a file come with the word of whoever signed for them",
        arguments: [
            (BondedSite.Owner.maintainers, Vouching.maintainers, ["alice"]), (.claim, .claim, ["alice"]),
            (.index, .index, []),
        ])
    func vouching(owner: BondedSite.Owner, vouching: Vouching, accounts: [String]) throws {
        let site = try BondedSite([wheel], by: owner)
        let found = try #require(try fetched(bench.verified(site)))
        #expect(found.page.vouching == vouching)
        #expect(found.page.page.files.map(\.filename) == [wheel.name])
        #expect(found.file.vouching == vouching)
        #expect(found.file.accounts == accounts)
        #expect(found.file.sha256 == Digest.sha256Hex(wheel.bytes))
        #expect(found.file.content.size == wheel.bytes.count)
        #expect(bench.folder.bytes(of: "cache/\(found.file.sha256)") == wheel.bytes)
    }

    @Test("what no role lists is none")
    func absent() throws {
        let site = try BondedSite([wheel])
        let index = try bench.verified(site)
        #expect(try index.page(of: ProjectName("other")) == nil)
        let page = try #require(try index.page(of: demo))
        let pretended = try SimplePage(json: BondedSite.page(of: "demo", [.init("demo-2.0.tar.gz")]))
        #expect(try index.file(pretended.files[0], on: page) == nil)
        #expect(try index.find(demo, "../x") == nil)
    }

    @Test(
        "a page or file with other bytes is refused, and the right one still comes", arguments: [true, false])
    func wrongContent(isPage: Bool) throws {
        let site = try BondedSite([wheel])
        let index = try bench.verified(site)
        let path = isPage ? "demo/index.json" : "demo/\(wheel.name)"
        let right = site.repository.bytes(of: path)
        site.server.publish([site.repository.address(of: path): [UInt8](repeating: 0x20, count: right.count)])
        expectRefusal(.wrongContent(index: try address(site), path: path)) { try fetched(index) }
        #expect(try !bench.cached.contains(Digest.sha256Hex(right)))

        try site.publish()
        #expect(try fetched(index)?.file.content.size == wheel.bytes.count)
    }

    @Test("more bytes than signed for are not even taken")
    func tooLong() throws {
        let site = try BondedSite([wheel])
        let index = try bench.verified(site)
        let path = site.repository.address(of: "demo/\(wheel.name)")
        site.server.publish([path: wheel.bytes + [0]])
        let error = HTTPClientError.tooLong(
            address: site.server.address.absoluteString + path, maxBytes: wheel.bytes.count)
        expectRefusal(.unreachable(index: try address(site), error)) { try fetched(index) }
        #expect(try !bench.cached.contains(Digest.sha256Hex(wheel.bytes)))
    }

    @Test(
        "a page that was signed in another project's name, or is none, is refused",
        arguments: [("evil", "evil"), ("", "")])
    func otherProject(name: String, named: String) throws {
        var site = try BondedSite()
        let page = Array(#"{"meta":{"api-version":"1.0"},"name":"\#(name)","files":[]}"#.utf8)
        try site.add([], of: "demo", page: page)
        try site.publish()
        let index = try bench.verified(site)
        expectRefusal(.otherProject(index: try address(site), project: demo, named: named)) {
            try index.page(of: demo)
        }
    }

    @Test("a page that cannot be read is refused")
    func unreadablePage() throws {
        var site = try BondedSite()
        try site.add([], of: "demo", page: Array("[]".utf8))
        try site.publish()
        let index = try bench.verified(site)
        expectRefusal(.unreadablePage(index: try address(site), project: demo, .wrongMember("files"))) {
            try index.page(of: demo)
        }
    }

    @Test("what is signed by nobody trusted is refused, and says so")
    func forged() throws {
        let site = try BondedSite([wheel], by: .maintainers)
        let index = try bench.verified(site)
        var forged = site.repository
        forged.signers["project-demo"] = [20]
        site.server.publish(try forged.files())
        let error = MetadataError.belowThreshold(role: "project-demo", valid: 0, threshold: 1)
        expectRefusal(.distrusted(index: try address(site), error, now: TestRepository.now, clock: nil)) {
            try index.page(of: demo)
        }
    }

    @Test("what has expired by this machine's clock is refused, and the server's clock is told")
    func expired() throws {
        let site = try BondedSite([wheel])
        let index = try bench.verified(site)
        #expect(try index.page(of: demo) != nil)
        bench.clock.now = TestRepository.now.advanced(bySeconds: 7_200)
        let error = #expect(throws: InstallError.self) { try index.page(of: demo) }
        guard case .distrusted(_, let reason, let now, let clock) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason == .expired(role: .root, at: TestRepository.now.advanced(bySeconds: 3_600)))
        #expect(now == bench.clock.now)
        #expect(clock != nil)
    }

    @Test("as long as what is known is fresh, nothing is asked again")
    func freshness() throws {
        let site = try BondedSite([wheel])
        let index = try bench.verified(site, freshness: .seconds(3600))
        _ = try fetched(index)
        _ = site.server.takeRequests()
        _ = try fetched(index)
        #expect(site.server.takeRequests() == [])
    }

    @Test("what is known and not fresh has the timestamp asked for, and nothing that has not changed")
    func staleness() throws {
        let site = try BondedSite([wheel])
        let index = try bench.verified(site, freshness: .zero)
        _ = try index.page(of: demo)
        _ = site.server.takeRequests()
        _ = try index.page(of: demo)
        #expect(site.server.takeRequests() == ["tuf/metadata/2.root.json", "tuf/metadata/timestamp.json"])
    }

    @Test("a file of an old snapshot that is gone has the latest one fetched, though what is known is fresh")
    func retry() throws {
        var site = try BondedSite([wheel], by: .maintainers)
        let index = try bench.verified(site, freshness: .seconds(3600))
        #expect(try index.page(of: ProjectName("other")) == nil)
        let newer = BondedSite.File("demo-2.0-py3-none-any.whl", "newer")
        site.server.remove { $0.contains("project-demo") || $0.contains("targets/demo") }
        try site.publishNext("project-demo") { repository in
            repository.contents["demo/index.json"] = try BondedSite.page(of: "demo", [newer])
            repository.roles["project-demo"]?.files = ["demo/index.json", "demo/\(newer.name)"]
            repository.contents["demo/\(newer.name)"] = newer.bytes
        }
        site.server.remove { $0.hasSuffix("1.project-demo.json") }
        #expect(try index.page(of: demo)?.page.files.map(\.filename) == [newer.name])
        #expect(site.server.takeRequests().contains("tuf/metadata/2.snapshot.json"))
    }

    @Test(
        "a file that is missing from the latest snapshot is asked for a few times, and then said to be missing"
    )
    func missing() throws {
        let site = try BondedSite([wheel], by: .maintainers)
        let index = try bench.verified(site)
        site.server.remove { $0.hasSuffix("1.project-demo.json") }
        _ = site.server.takeRequests()
        expectRefusal(.missing(index: try address(site), address: site.metadata + "1.project-demo.json")) {
            try index.page(of: demo)
        }
        #expect(site.server.takeRequests().filter { $0.hasSuffix("1.project-demo.json") }.count == 3)
    }

    @Test("an index that does not answer is unreachable, also where this user has everything already")
    func unreachable() throws {
        let site = try BondedSite([wheel])
        let index = try bench.verified(site)
        _ = try fetched(index)
        site.server.answer("tuf/metadata/timestamp.json") { .text(.serviceUnavailable, "later") }
        let error = HTTPClientError.status(503, address: site.metadata + "timestamp.json", said: "later")
        expectRefusal(.unreachable(index: try address(site), error)) { try index.page(of: demo) }
    }

    @Test("core metadata is held to the hash on the page")
    func coreMetadata() throws {
        let site = try BondedSite([wheel, .init("demo-1.0.tar.gz")], by: .maintainers)
        let index = try bench.verified(site)
        let page = try #require(try index.page(of: demo))
        let files = Dictionary(uniqueKeysWithValues: page.page.files.map { ($0.filename, $0) })
        let listed = try #require(files[wheel.name])
        let path = "packages/aa/bb/cc/\(wheel.name).metadata"
        site.server.publish([path: Array("Name: evil\n".utf8)])
        let refusal = InstallError.wrongContent(index: try address(site), path: "\(wheel.name).metadata")
        expectRefusal(refusal) { try index.metadata(of: listed, on: page) }

        try site.publish()
        let found = try #require(try index.metadata(of: listed, on: page))
        #expect(found.vouching == .maintainers)
        #expect(found.sha256 == Digest.sha256Hex(Array("Name: demo\n".utf8)))
        #expect(try index.metadata(of: #require(files["demo-1.0.tar.gz"]), on: page) == nil)

        let other = try Workbench()
        site.server.remove { $0 == path }
        let missing = InstallError.missing(
            index: try address(site), address: site.server.address.absoluteString + path)
        expectRefusal(missing) {
            try other.verified(site).metadata(of: listed, on: page)
        }
    }

    @Test("threads that want one page and one file at once have each fetched once")
    func threads() throws {
        let site = try BondedSite([wheel], by: .maintainers)
        let index = try bench.verified(site, freshness: .seconds(3600))
        let sizes = try onThreads(16) { [demo] _ in
            guard let page = try index.page(of: demo) else { return 0 }
            return try index.file(page.page.files[0], on: page)?.content.size ?? 0
        }
        #expect(sizes == Array(repeating: wheel.bytes.count, count: 16))
        let requests = site.server.takeRequests()
        #expect(Set(requests).count == requests.count, "\(requests)")
    }
}
