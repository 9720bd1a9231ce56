import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import Installing
import Packaging
import TUF
import Testing

@Suite("An index without TUF", .serialized, .ownThread)
struct PlainIndexTests {
    private let bench: Workbench
    private let server: FileServer
    private let demo: ProjectName

    init() throws {
        bench = try Workbench()
        server = try FileServer()
        demo = try ProjectName("demo")
    }

    private var simple: String { server.address.absoluteString + "simple/" }

    private func serve(_ page: String, as type: String = "text/html; charset=utf-8") {
        server.answer("simple/demo/") {
            Response(.ok, headers: ["Content-Type": type], body: .bytes(Array(page.utf8)))
        }
    }

    private static func anchor(_ link: String, _ hash: String?) -> String {
        "<a href=\"\(link)\(hash.map { "#sha256=\($0)" } ?? "")\" data-core-metadata=\"true\">x</a>\n"
    }

    @Test("its pages, HTML or JSON, are taken at nobody's word")
    func pages() throws {
        let index = try bench.plain(simple)
        let digest = Digest.sha256Hex(wheel.bytes)
        serve(Self.anchor("/files/\(wheel.name)", digest))
        #expect(try index.page(of: demo)?.page.files.map(\.filename) == [wheel.name])
        serve(
            String(decoding: try BondedSite.page(of: "Demo", [wheel]), as: UTF8.self),
            as: "application/vnd.pypi.simple.v1+json")
        let page = try #require(try index.page(of: demo))
        #expect(page.page.name == "demo")
        #expect(page.vouching == .nobody)
        #expect(
            server.requests.first?.head.headers["Accept"]?.hasPrefix("application/vnd.pypi.simple.v1+json")
                == true)
    }

    @Test("a file without a SHA-256 is left out: it could be anything by the time it is asked for")
    func noHash() throws {
        serve(
            Self.anchor("/files/demo-1.0.tar.gz", nil)
                + "<a href=\"/files/demo-1.1.tar.gz#md5=\(String(repeating: "0", count: 32))\">x</a>"
                + Self.anchor("/files/\(wheel.name)", Digest.sha256Hex(wheel.bytes)))
        #expect(try bench.plain(simple).page(of: demo)?.page.files.map(\.filename) == [wheel.name])
    }

    @Test("a file is held to the hash on the page")
    func file() throws {
        let index = try bench.plain(simple)
        serve(Self.anchor("../../files/\(wheel.name)", Digest.sha256Hex(wheel.bytes)))
        let page = try #require(try index.page(of: demo))
        server.publish(["files/\(wheel.name)": Array("evil".utf8)])
        expectRefusal(.wrongContent(index: index.pinned.address, path: wheel.name)) {
            try index.file(page.page.files[0], on: page)
        }
        #expect(try bench.cached == [])

        server.publish(["files/\(wheel.name)": wheel.bytes])
        let file = try #require(try index.file(page.page.files[0], on: page))
        #expect(file.vouching == .nobody && file.accounts == [])
        #expect(bench.folder.bytes(of: "cache/\(file.sha256)") == wheel.bytes)
        #expect(try index.metadata(of: page.page.files[0], on: page) == nil, "the page has no hash of it")
    }

    @Test("a file that is longer than the page says is not taken")
    func tooLong() throws {
        let index = try bench.plain(simple)
        let address = server.address.absoluteString + "packages/aa/bb/cc/\(wheel.name)"
        serve(
            String(decoding: try BondedSite.page(of: "demo", [wheel]), as: UTF8.self),
            as: "application/vnd.pypi.simple.v1+json")
        server.publish(["packages/aa/bb/cc/\(wheel.name)": wheel.bytes + [0]])
        let page = try #require(try index.page(of: demo))
        let error = HTTPClientError.tooLong(address: address, maxBytes: wheel.bytes.count)
        expectRefusal(.unreachable(index: index.pinned.address, error)) {
            try index.file(page.page.files[0], on: page)
        }
    }

    @Test("a project that is not there is none; one that may not be seen, or any other answer, is an error")
    func statuses() throws {
        let index = try bench.plain(simple)
        for status in [404, 410] {
            server.answer("simple/demo/") { .text(Status(status), "no") }
            #expect(try index.page(of: demo) == nil)
        }
        for status in [301, 401, 403, 500, 503] {
            server.answer("simple/demo/") {
                Response(Status(status), headers: ["Location": "/simple/other/"])
            }
            let error = HTTPClientError.status(status, address: simple + "demo/", said: nil)
            expectRefusal(.unreachable(index: index.pinned.address, error)) { try index.page(of: demo) }
        }
    }

    @Test("another project's page, and one that cannot be read, are refused")
    func otherPages() throws {
        let index = try bench.plain(simple)
        let type = "application/vnd.pypi.simple.v1+json"
        serve(String(decoding: try BondedSite.page(of: "evil", [wheel]), as: UTF8.self), as: type)
        expectRefusal(.otherProject(index: index.pinned.address, project: demo, named: "evil")) {
            try index.page(of: demo)
        }
        serve("[]", as: type)
        expectRefusal(.unreadablePage(index: index.pinned.address, project: demo, .wrongMember("files"))) {
            try index.page(of: demo)
        }
    }

    @Test("credentials go to the index, and not to the server that its pages send clients to for files")
    func credentials() throws {
        let files = try FileServer()
        files.publish([wheel.name: wheel.bytes])
        serve(Self.anchor(files.address.absoluteString + wheel.name, Digest.sha256Hex(wheel.bytes)))
        let bench = try Workbench(credentials: [server.address: "user:pass"])
        let index = try bench.plain(simple)
        let page = try #require(try index.page(of: demo))
        #expect(try index.file(page.page.files[0], on: page) != nil)
        #expect(server.requests.allSatisfy { $0.head.headers.contains("Authorization") })
        #expect(files.requests.map { $0.head.headers["Authorization"] } == [nil])
    }
}
