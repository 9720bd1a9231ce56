import Foundation
import Testing

@testable import Packaging

private let digest = String(repeating: "ab", count: 32)
private let path = "aa/bb/" + String(repeating: "c", count: 60)

private func file(
    _ filename: String, _ version: String, requiresPython: String? = nil, yanked: ProjectPage.Yanked = .no,
    metadata: String? = nil, provenance: String? = nil
) throws -> ProjectPage.File {
    ProjectPage.File(
        filename: filename, version: try Version(version), path: "\(path)/\(filename)", sha256Hex: digest,
        requiresPython: requiresPython, size: 1234, uploadTime: 1_767_323_045_000_006, yanked: yanked,
        coreMetadataSha256Hex: metadata, provenance: provenance)
}

private func page(
    _ files: [ProjectPage.File], status: ProjectPage.Status = .active, versions: [Version] = []
) -> ProjectPage {
    ProjectPage(name: demo, serial: 42, status: status, files: files, versions: versions)
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite("Project pages")
struct ProjectPageTests {
    @Test("HTML has Warehouse's shape to the byte")
    func html() throws {
        let page = page([
            try file(
                "demo_pkg-1.0-py3-none-any.whl", "1.0", requiresPython: ">=3.8",
                yanked: .yes(reason: "broken"),
                metadata: digest, provenance: "https://x/p"),
            try file("demo_pkg-1.0.tar.gz", "1.0"),
        ])
        #expect(
            text(page.html()) == """
                <!DOCTYPE html>
                <html lang="en">
                  <head>
                    <meta name="pypi:repository-version" content="1.4">
                    <meta name="pypi:project-status" content="active">
                    <title>Links for demo-pkg</title>
                  </head>
                  <body>
                    <h1>Links for demo-pkg</h1>
                    <a href="../../packages/\(path)/demo_pkg-1.0-py3-none-any.whl#sha256=\(digest)" \
                data-requires-python="&gt;=3.8" data-yanked="broken" data-dist-info-metadata="sha256=\(digest)" \
                data-core-metadata="sha256=\(digest)" data-provenance="https://x/p">\
                demo_pkg-1.0-py3-none-any.whl</a><br />
                    <a href="../../packages/\(path)/demo_pkg-1.0.tar.gz#sha256=\(digest)" >demo_pkg-1.0.tar.gz</a><br />
                    </body>
                </html>
                <!--SERIAL 42-->
                """)
    }

    @Test("JSON has the specified keys, in a fixed order")
    func json() throws {
        let page = page(
            [try file("demo_pkg-1.0.tar.gz", "1.0", requiresPython: ">=3.8", yanked: .yes(reason: nil))],
            status: .init(.archived, reason: "done"), versions: [try Version("0.9")])
        #expect(
            text(page.json()) == """
                {"meta":{"api-version":"1.4","_last-serial":42},"name":"demo-pkg",\
                "project-status":{"status":"archived","reason":"done"},"versions":["0.9","1.0"],\
                "files":[{"filename":"demo_pkg-1.0.tar.gz","url":"../../packages/\(path)/demo_pkg-1.0.tar.gz",\
                "hashes":{"sha256":"\(digest)"},"requires-python":">=3.8","size":1234,\
                "upload-time":"2026-01-02T03:04:05.000006Z","yanked":true,"data-dist-info-metadata":false,\
                "core-metadata":false,"provenance":null}]}
                """)
        let empty = text(self.empty.json())
        #expect(empty.hasSuffix("\"versions\":[],\"files\":[]}"))
    }

    private var empty: ProjectPage { page([], status: .init(.quarantined)) }

    @Test("Metadata, a yank reason and provenance are told in JSON")
    func jsonValues() throws {
        let page = page([
            try file(
                "a-1.whl", "1", yanked: .yes(reason: "say \"no\""), metadata: digest,
                provenance: "https://x/p")
        ])
        let files = try #require(try decoded(page)["files"] as? [[String: Any]])
        #expect(files[0]["yanked"] as? String == "say \"no\"")
        #expect(files[0]["core-metadata"] as? [String: String] == ["sha256": digest])
        #expect(files[0]["data-dist-info-metadata"] as? [String: String] == ["sha256": digest])
        #expect(files[0]["provenance"] as? String == "https://x/p")
    }

    @Test("Files are in order of version, then filename, whatever order they came in")
    func order() throws {
        let files = try [
            file("p-1.10.tar.gz", "1.10"), file("p-1.9.tar.gz", "1.9"), file("p-1.9-py3-none-any.whl", "1.9"),
            file("p-1.9rc1.tar.gz", "1.9rc1"), file("p-1.9.0-z.whl", "1.9.0"),
        ]
        let expected = [
            "p-1.9rc1.tar.gz", "p-1.9-py3-none-any.whl", "p-1.9.0-z.whl", "p-1.9.tar.gz", "p-1.10.tar.gz",
        ]
        let first = page(files)
        let second = page(files.reversed())
        #expect(first.files.map(\.filename) == expected)
        #expect(first.versions.map(\.description) == ["1.9rc1", "1.9", "1.10"])
        #expect(first.html() == second.html())
        #expect(first.json() == second.json())
    }

    /// Text that ends an attribute, an element or a string wherever it is not escaped.
    static let hostile = [
        "\"><script>alert(1)</script>", "' onx='", "&quot;", "</a>", "\"\u{301} onclick=\"x", "<\u{338}b>",
        "\\\"", "\u{0}\n\r\t\u{1F}", "\u{2028}é😀",
    ]

    @Test("Hostile text comes out of both representations as it went in", arguments: hostile)
    func escaping(_ text: String) throws {
        let page = page(
            [try file(text, "1", requiresPython: text, yanked: .yes(reason: text), provenance: text)],
            status: .init(.deprecated, reason: text))
        let files = try #require(try decoded(page)["files"] as? [[String: Any]])
        for key in ["filename", "requires-python", "yanked", "provenance"] {
            #expect((files[0][key] as? String).map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        }
        let html = page.html()
        let rawAngles = html.count { $0 == UInt8(ascii: "<") }
        let plain = ProjectPage(
            name: demo, serial: 42, status: .init(.deprecated, reason: "x"),
            files: [try file("x", "1", requiresPython: "x", yanked: .yes(reason: "x"), provenance: "x")]
        ).html()
        #expect(rawAngles == plain.count { $0 == UInt8(ascii: "<") })
        #expect(html.count { $0 == UInt8(ascii: "\"") } == plain.count { $0 == UInt8(ascii: "\"") })
        #expect(!html.contains(UInt8(ascii: "'")))
    }

    @Test("Python's parsers read both representations as they were meant")
    func readByPython() throws {
        let hostile = "\"><b>\u{301}'&amp;"
        let page = page([
            try file("a b+é-1.whl", "1", requiresPython: hostile, yanked: .yes(reason: ""), metadata: digest)
        ])
        let script = """
            import sys, json, html.parser
            class P(html.parser.HTMLParser):
                def handle_starttag(self, tag, attrs):
                    if tag == "a": print(json.dumps([tag, dict(attrs)], sort_keys=True))
                    elif tag == "b": print("INJECTED")
                def handle_comment(self, data): print(data)
            P().feed(sys.stdin.buffer.read().decode())
            """
        let output = try run(script, page.html())
        let url = "../../packages/\(path)/a%20b%2B%C3%A9-1.whl#sha256=\(digest)"
        #expect(
            output == #"["a", {"data-core-metadata": "sha256=\#(digest)", "#
                + #""data-dist-info-metadata": "sha256=\#(digest)", "#
                + #""data-requires-python": "\"><b>\u0301'&amp;", "data-yanked": "", "href": "\#(url)"}]"#
                + "\nSERIAL 42\n")
        let name = try run(
            "import sys, json; print(json.load(sys.stdin)['files'][0]['filename'])", page.json())
        #expect(name == "a b+é-1.whl\n")
    }

    @Test(
        "Upload times are written in UTC with microseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_767_323_045_000_006, "2026-01-02T03:04:05.000006Z"),
        ])
    func times(_ microseconds: Int, _ text: String) {
        #expect(UploadTime(microseconds: microseconds).text == text)
    }

    private func decoded(_ page: ProjectPage) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(page.json())) as? [String: Any])
    }
}

@Suite("Root pages")
struct RootPageTests {
    private static func projects() throws -> [RootPage.Project] {
        [
            .init(name: try ProjectName("Alpha.One"), serial: 3),
            .init(name: try ProjectName("beta"), serial: 7),
        ]
    }

    @Test("HTML and JSON have Warehouse's shape")
    func whole() throws {
        let projects = try Self.projects()
        #expect(
            text(RootPage.bytes(.json, serial: 7, projects: projects))
                == #"{"meta":{"api-version":"1.4","_last-serial":7},"projects":["#
                + #"{"name":"Alpha.One","_last-serial":3},{"name":"beta","_last-serial":7}]}"#)
        #expect(
            text(RootPage.bytes(.html, serial: 7, projects: projects)) == """
                <!DOCTYPE html>
                <html lang="en">
                  <head>
                    <meta name="pypi:repository-version" content="1.4">
                    <title>Simple index</title>
                  </head>
                  <body>
                    <a href="alpha-one/">Alpha.One</a>
                    <a href="beta/">beta</a>
                    </body>
                </html>
                """)
        #expect(
            text(RootPage.bytes(.json, serial: 0, projects: []))
                == #"{"meta":{"api-version":"1.4","_last-serial":0},"projects":[]}"#)
    }

    @Test("Pieces add up to the whole", arguments: [RootPage.Format.html, .json])
    func pieces(_ format: RootPage.Format) throws {
        var page = RootPage(format, serial: 7)
        var bytes: [UInt8] = []
        for project in try Self.projects() {
            page.append(project)
            #expect(page.pendingBytes > 0)
            bytes += page.take()
            #expect(page.pendingBytes == 0)
        }
        bytes += page.finish()
        #expect(bytes == RootPage.bytes(format, serial: 7, projects: try Self.projects()))
    }
}
