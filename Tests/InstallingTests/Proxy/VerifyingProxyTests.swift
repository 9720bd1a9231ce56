import CanonicalJSON
import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import Installing
import Packaging
import Synchronization
import TUF
import Testing

@Suite("The verifying proxy", .serialized, .ownThread)
struct VerifyingProxyTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func proxy(
        _ site: BondedSite, _ policy: InstallPolicy = InstallPolicy(), secret: String? = nil
    ) throws -> RunningProxy {
        try RunningProxy(bench.catalog([bench.verified(site)], policy), secret: secret)
    }

    static let wheelPath = "/files/demo/\(wheel.name)"

    @Test(
        "a page links to files of this proxy, whatever the index's links are", arguments: ["text/html", nil])
    func html(accept: String?) throws {
        let proxy = try proxy(BondedSite([wheel], of: "Demo"))
        let answer = try proxy.get("/simple/Demo/", accept.map { ["Accept": $0] } ?? [:])
        #expect(answer.code == 200)
        #expect(answer["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer["Cache-Control"] == "no-cache" && answer["Vary"] == "Accept")
        let digest = Digest.sha256Hex(wheel.bytes)
        #expect(answer.text.contains("href=\"../../files/demo/\(wheel.name)#sha256=\(digest)\""))
        #expect(answer.text.contains("data-requires-python=\"&gt;=3.8\""))
        #expect(answer.text.contains("data-core-metadata=\"sha256="))
        #expect(!answer.text.contains("packages/"))
    }

    @Test(
        "a client that prefers JSON gets JSON",
        arguments: [
            "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json, text/html;q=0.1",
        ])
    func json(accept: String) throws {
        let proxy = try proxy(BondedSite([wheel]))
        let answer = try proxy.get("/simple/demo/", ["Accept": accept])
        #expect(answer["Content-Type"] == "application/vnd.pypi.simple.v1+json")
        let page = try SimplePage(json: answer.body)
        #expect(page.name == "demo")
        let file = try #require(page.files.first)
        #expect(file.url == "../../files/demo/\(wheel.name)")
        #expect(file.hashes == ["sha256": Digest.sha256Hex(wheel.bytes)])
        #expect(file.size == wheel.bytes.count)
    }

    @Test("a file is handed on whole, with its digest as the tag, for good")
    func file() throws {
        let proxy = try proxy(BondedSite([wheel], by: .maintainers))
        let answer = try proxy.get(Self.wheelPath)
        #expect(answer.code == 200 && answer.body == wheel.bytes)
        #expect(answer["ETag"] == "\"\(Digest.sha256Hex(wheel.bytes))\"")
        #expect(answer["Content-Type"] == "application/octet-stream")
        #expect(answer["Cache-Control"]?.contains("immutable") == true)
        #expect(try proxy.get(Self.wheelPath + ".metadata").text == "Name: demo\n")
        #expect(
            proxy.journal.summary == "verified 1 file of 1 project: 1 signed by their maintainers (alice)")
        #expect(proxy.journal.lastRefusal == nil)
    }

    @Test("HEAD gets the same fields and no body", arguments: ["/simple/demo/", wheelPath])
    func head(path: String) throws {
        let proxy = try proxy(BondedSite([wheel]))
        let (whole, head) = (try proxy.get(path), try proxy.get(path, method: "HEAD"))
        #expect(head.code == 200 && head.body.isEmpty)
        for field in ["Content-Length", "Content-Type", "ETag"] { #expect(head[field] == whole[field]) }
        #expect(head["Content-Length"] == "\(whole.body.count)")
    }

    @Test("what a client has already is not sent again", arguments: ["/simple/demo/", wheelPath])
    func notModified(path: String) throws {
        let proxy = try proxy(BondedSite([wheel]))
        let tag = try #require(try proxy.get(path)["ETag"])
        let answer = try proxy.get(path, ["If-None-Match": tag])
        #expect(answer.code == 304 && answer.body.isEmpty)
        #expect(answer["ETag"] == tag)
        #expect(try proxy.get(path, ["If-None-Match": "\"other\""]).code == 200)
    }

    @Test("a part of a file is sent where one is asked for")
    func ranges() throws {
        let proxy = try proxy(BondedSite([wheel]))
        let part = try proxy.get(Self.wheelPath, ["Range": "bytes=2-4"])
        #expect(part.code == 206 && part.body == Array(wheel.bytes[2...4]))
        #expect(part["Content-Range"] == "bytes 2-4/\(wheel.bytes.count)")
        #expect(try proxy.get(Self.wheelPath, ["Range": "bytes=-3"]).body == wheel.bytes.suffix(3))
        #expect(try proxy.get(Self.wheelPath, ["Range": "bytes=1000-"]).code == 416)
    }

    @Test(
        "what is not there is not found",
        arguments: [
            "/simple/other/", "/simple/", "/simple/a%20b/", "/files/demo/demo-9.tar.gz", "/files/other/x.whl",
            "/files/demo/demo-1.0.tar.gz.metadata", "/files/demo", "/files/demo/..%2Findex.json",
            "/files/demo/index.json", "/simple/demo/x", "/elsewhere", "/simple/../simple/demo/",
        ])
    func notFound(path: String) throws {
        let site = try BondedSite([wheel, .init("demo-1.0.tar.gz")])
        #expect(try proxy(site).get(path).code == 404)
    }

    @Test("a page's address ends in a slash, and the name in it is normalized")
    func redirect() throws {
        let answer = try proxy(BondedSite([wheel])).get("/simple/De.mo")
        #expect(answer.code == 301 && answer["Location"] == "de-mo/")
    }

    @Test("nothing is taken, only handed on", arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func methods(method: String) throws {
        let answer = try proxy(BondedSite([wheel])).get("/simple/demo/", method: method)
        #expect(answer.code == 405 && answer["Allow"] == "GET, HEAD")
    }

    @Test("without the secret nothing is there")
    func secret() throws {
        let proxy = try proxy(BondedSite([wheel]), secret: "s3cret")
        #expect(try proxy.get("/simple/demo/").code == 200)
        #expect(try proxy.get(Self.wheelPath).code == 200)
        #expect(try proxy.get("/healthz").code == 200)
        for path in [
            "/simple/demo/", "/s3cre/simple/demo/", "/s3cretx/simple/demo/", "//simple/demo/", "/",
            "/healthz",
        ] {
            #expect(try RawAnswer(path, port: proxy.port).code == 404)
        }
    }

    @Test("what is not as signed for is refused with the reason, and not one byte of it is sent")
    func refusal() throws {
        let site = try BondedSite([wheel])
        let path = site.repository.address(of: "demo/\(wheel.name)")
        site.server.publish([path: [UInt8](repeating: 7, count: wheel.bytes.count)])
        let proxy = try proxy(site)
        let error = InstallError.wrongContent(
            index: try PinnedIndex(address: site.simple).address, path: "demo/\(wheel.name)")
        for _ in 0..<2 {
            let answer = try proxy.get(Self.wheelPath)
            #expect(answer.code == 403)
            #expect(answer.reason == "\(error)")
            #expect(answer.text == "\(error)\n")
        }
        #expect(proxy.journal.lastRefusal.map { "\($0)" } == "\(error)")
        #expect(proxy.said.lines.withLock { $0 } == ["\(error)"], "a person is told once")
        #expect(proxy.journal.summary == "no file was fetched")

        try site.publish()
        #expect(try proxy.get(Self.wheelPath).body == wheel.bytes)
    }

    @Test("a page that is not vouched for as required is refused with what to do")
    func policy() throws {
        let proxy = try proxy(BondedSite([wheel]), InstallPolicy(requirement: .maintainers))
        let answer = try proxy.get("/simple/demo/")
        #expect(answer.code == 403)
        #expect(answer.reason.contains("--allow demo"))
        #expect(try proxy.get(Self.wheelPath).code == 403)
    }

    @Test("an index that does not answer is the gateway's trouble, not a refusal")
    func unreachable() throws {
        let site = try BondedSite([wheel])
        let proxy = try proxy(site)
        site.server.answer("tuf/metadata/timestamp.json") { .text(.serviceUnavailable, "") }
        let answer = try proxy.get("/simple/demo/")
        #expect(answer.code == 504)
        #expect(answer.reason.contains("status 503"))
        try site.publish()
        #expect(try proxy.get("/simple/demo/").code == 200)
    }

    @Test(
        "what is meant for another server is refused: no tunnel, and nothing fetched",
        arguments: [
            ("CONNECT", "evil.example:443", "evil.example:443"),
            ("CONNECT", "127.0.0.1.evil.example:443", "127.0.0.1.evil.example:443"),
            ("GET", "http://evil.example/simple/demo/", "evil.example"),
            ("GET", "http://evil.example:80/x.whl", "evil.example:80"),
            ("HEAD", "https://evil.example/x.whl", "evil.example"),
            ("POST", "http://evil.example/", "evil.example"),
        ])
    func otherServers(method: String, target: String, authority: String) throws {
        let site = try BondedSite([wheel])
        let proxy = try proxy(site)
        let answer = try RawAnswer(target, method: method, port: proxy.port)
        #expect(answer.code == 403)
        #expect(answer.reason == "\(InstallError.otherServer(authority))")
        #expect(site.server.requests.isEmpty)
        #expect(proxy.said.lines.withLock { $0.count } == 1)
    }

    @Test("what names this proxy in full is answered, but no tunnel leads to it")
    func absoluteForm() throws {
        let proxy = try proxy(BondedSite([wheel]), secret: "s")
        let base = "127.0.0.1:\(proxy.port)"
        #expect(try RawAnswer("http://\(base)/s/simple/demo/", port: proxy.port).code == 200)
        #expect(try RawAnswer("http://\(base)/simple/demo/", port: proxy.port).code == 404)
        #expect(try RawAnswer(base, method: "CONNECT", port: proxy.port).code == 405)
    }

    @Test("a name that another index takes up later is refused with what to do")
    func confusion() throws {
        var publicSite = try BondedSite()
        let ownSite = try BondedSite([wheel])
        let catalog = bench.catalog([try bench.verified(publicSite), try bench.verified(ownSite)])
        let proxy = try RunningProxy(catalog)
        #expect(try proxy.get("/simple/demo/").code == 200)
        try publicSite.add([.init(wheel.name, "evil")], of: "demo")
        try publicSite.publishNext("unclaimed")
        for path in ["/simple/demo/", Self.wheelPath] {
            let answer = try proxy.get(path)
            #expect(answer.code == 403)
            #expect(answer.reason.contains("bonded-pip trust forget demo"))
        }
    }

    @Test("a client goes on while snapshots come and old files go")
    func newSnapshot() throws {
        var site = try BondedSite([wheel], by: .maintainers)
        let proxy = try RunningProxy(bench.catalog([bench.verified(site, freshness: .seconds(3600))]))
        #expect(try proxy.get("/simple/demo/").code == 200)
        let path = site.repository.address(of: "demo/\(wheel.name)")
        try site.publishNext("project-demo") { $0.contents["demo/\(wheel.name)"] = Array("rebuilt".utf8) }
        site.server.remove { $0 == path || $0.hasSuffix("1.project-demo.json") }
        #expect(try proxy.get(Self.wheelPath).text == "rebuilt")
    }

    @Test("many clients at once get what they ask for, and the index is asked once")
    func threads() throws {
        let site = try BondedSite([wheel], by: .maintainers)
        let proxy = try RunningProxy(
            bench.catalog([bench.verified(site, freshness: .seconds(3600))]), secret: "s")
        let bodies = try onThreads(16) { _ in try proxy.get(Self.wheelPath).body }
        #expect(bodies == Array(repeating: wheel.bytes, count: 16))
        let requests = site.server.takeRequests()
        #expect(Set(requests).count == requests.count)
    }
}
