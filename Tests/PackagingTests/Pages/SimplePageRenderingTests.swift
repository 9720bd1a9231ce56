import Foundation
import Testing

@testable import Packaging

private let digest = String(repeating: "ab", count: 32)

/// The same facts but for what depends on the form.
private struct Facts: Equatable {
    let files: [SimplePage.File]
    let status: SimplePage.Status?

    /// - Parameter page: links are reduced to the path, as HTML's have a hash in them, and sizes and times are left
    ///   out, as HTML has none.
    init(_ page: SimplePage) {
        status = page.status
        files = page.files.map {
            SimplePage.File(
                filename: $0.filename, url: URLReference($0.url).path, hashes: $0.hashes,
                requiresPython: $0.requiresPython, yanked: $0.yanked, coreMetadata: $0.coreMetadata,
                size: nil,
                uploadTime: nil)
        }
    }
}

@Suite("Project pages rendered anew")
struct SimplePageRenderingTests {
    private static let ours = ProjectPage(
        name: demo, serial: 42, status: .init(.archived, reason: "\"old\" & <done>"),
        files: ["1.0", "1.1", "1.2"].map { version in
            ProjectPage.File(
                filename: "demo_pkg-\(version).tar.gz", version: try! Version(version),
                path: "aa/bb/cc/demo_pkg-\(version).tar.gz", sha256Hex: digest,
                requiresPython: version == "1.0" ? nil : ">=3.8,<4", size: 12,
                uploadTime: 1_767_323_045_000_006,
                yanked: version == "1.1"
                    ? .yes(reason: "b&d\u{301}") : version == "1.2" ? .yes(reason: nil) : .no,
                coreMetadataSha256Hex: version == "1.0" ? nil : digest)
        })

    @Test("our own pages say the same in HTML and in JSON, before and after")
    func roundTrip() throws {
        let html = try SimplePage(html: Self.ours.html())
        let json = try SimplePage(json: Self.ours.json())
        #expect(json.files.count == 3)
        #expect(Facts(html) == Facts(json))
        #expect(json.name == "demo-pkg" && json.versions == ["1.0", "1.1", "1.2"] && json.version.minor == 4)

        for page in [html, json] {
            let link = { (file: SimplePage.File) in URLReference(file.url).path }
            #expect(try Facts(SimplePage(html: page.html(for: demo, link: link))) == Facts(json))
            #expect(try Facts(SimplePage(json: page.json(for: demo, link: link))) == Facts(json))
        }
        let again = try SimplePage(json: json.json(for: demo) { $0.url })
        #expect(again == json)
    }

    @Test("HTML is byte for byte what is expected")
    func html() throws {
        let page = try readJSON(
            #"{"meta":{"api-version":"1.9"},"files":[{"filename":"demo-1.zip","url":"u","hashes":{"md5":"\#(digest.prefix(32))","sha512":"\#(digest)\#(digest)"},"#
                + #""requires-python":">=3","yanked":true,"core-metadata":true},{"filename":"demo-2.zip","url":"u"}]}"#
        )
        #expect(
            String(decoding: page.html(for: demo) { "/f/\"&\($0.filename)" }, as: UTF8.self) == """
                <!DOCTYPE html>
                <html lang="en">
                  <head>
                    <meta name="pypi:repository-version" content="1.4">
                    <title>Links for demo-pkg</title>
                  </head>
                  <body>
                    <h1>Links for demo-pkg</h1>
                    <a href="/f/&#34;&amp;demo-1.zip#sha512=\(digest)\(digest)" data-requires-python="&gt;=3" \
                data-yanked="" data-dist-info-metadata="true" data-core-metadata="true">demo-1.zip</a><br />
                    <a href="/f/&#34;&amp;demo-2.zip">demo-2.zip</a><br />
                    </body>
                </html>

                """)
    }

    @Test("JSON is byte for byte what is expected, and claims no version it does not live up to")
    func json() throws {
        let page = try readJSON(
            #"{"meta":{"api-version":"1.4"},"project-status":{"status":"new \"thing\""},"files":[{"filename":"demo-1.zip","url":"u","#
                + #""hashes":{"b":"00","a":"11"},"size":3,"upload-time":"2026-01-02T03:04:05Z"},"#
                + #"{"filename":"demo-2.zip","url":"u","core-metadata":{"sha256":"\#(digest)"}}]}"#)
        #expect(
            String(decoding: page.json(for: demo) { "../\($0.filename)" }, as: UTF8.self) == """
                {"meta":{"api-version":"1.0"},"name":"demo-pkg","project-status":{"status":"new \\"thing\\""},"files":[\
                {"filename":"demo-1.zip","url":"../demo-1.zip","hashes":{"a":"11","b":"00"},"requires-python":null,"size":3,\
                "upload-time":"2026-01-02T03:04:05Z","yanked":false,"core-metadata":false,"data-dist-info-metadata":false},\
                {"filename":"demo-2.zip","url":"../demo-2.zip","hashes":{},"requires-python":null,"yanked":false,\
                "core-metadata":{"sha256":"\(digest)"},"data-dist-info-metadata":{"sha256":"\(digest)"}}]}
                """)
    }

    @Test("a page can be narrowed to some of its files")
    func filtered() throws {
        let page = try SimplePage(json: Self.ours.json())
        let narrowed = page.filtered { $0.yanked == .no }
        #expect(narrowed.files.map(\.filename) == ["demo_pkg-1.0.tar.gz"])
        #expect(narrowed.versions == page.versions && narrowed.status == page.status)
    }

    /// Text that ends an attribute, an element or a string wherever it is not escaped.
    static let hostile = [
        "\"><script>alert(1)</script>", "' onx='", "&quot;", "</a>", "\"\u{301} onclick=\"x", "<\u{338}b>",
        "\\\"", "\u{0}\n\r\t\u{1F}", "\u{2028}é😀",
    ]

    @Test("hostile text comes out of either form as it went in", arguments: hostile)
    func escaping(_ text: String) throws {
        let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        let page = try readJSON(
            #"{"project-status":{"status":\#(quoted),"reason":\#(quoted)},"files":[{"filename":"x-1.zip","url":"u","#
                + #""yanked":\#(quoted),"requires-python":\#(quoted)}]}"#)
        #expect(page.files.first?.requiresPython == text)
        for again in [
            try SimplePage(html: page.html(for: demo) { "/\($0.filename)" }),
            try SimplePage(json: page.json(for: demo) { "/\($0.filename)" }),
        ] {
            #expect(again.status == page.status)
            #expect(again.files.map(\.yanked) == [.yes(reason: text)])
            #expect(again.files.map(\.requiresPython) == [text])
        }
    }
}
