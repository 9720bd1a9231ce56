import Testing

@testable import Packaging

private let digest = String(repeating: "ab", count: 32)

func readHTML(_ text: String, limits: SimplePage.Limits = .default) throws(SimplePageError) -> SimplePage {
    try SimplePage(html: Array(text.utf8), limits: limits)
}

@Suite("Project pages of any index, in HTML")
struct SimplePageHTMLTests {
    @Test("all that an anchor says is read")
    func anchor() throws {
        let page = try readHTML(
            """
            <!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.3">
            <meta content="archived" name="pypi:project-status"><meta name="pypi:project-status-reason" content="a &amp; b">
            </head><body><h1>Links for demo</h1>
            <a href="../../f/demo-1.0-py3-none-any.whl#sha256=\(digest)" data-requires-python="&gt;=3.8"
              data-yanked="broken" data-core-metadata="sha256=\(digest)">demo-1.0-py3-none-any.whl</a><br/>
            </body></html>
            """)
        #expect(page.version.minor == 3)
        #expect(page.status == .init(marker: "archived", reason: "a & b"))
        #expect(page.name == nil && page.versions == nil && page.base == nil)
        #expect(
            page.files == [
                .init(
                    filename: "demo-1.0-py3-none-any.whl",
                    url: "../../f/demo-1.0-py3-none-any.whl#sha256=\(digest)", hashes: ["sha256": digest],
                    requiresPython: ">=3.8", yanked: .yes(reason: "broken"),
                    coreMetadata: .present(hashes: ["sha256": digest]), size: nil, uploadTime: nil)
            ])
    }

    @Test(
        "tags are found however they are spelled",
        arguments: [
            "<A HREF=x-1.zip>", "<a\nhref='x-1.zip'\t>", "<a href = \"x-1.zip\" >",
            "<a class=y href=x-1.zip/>",
            "<a/href=x-1.zip>", "<a hidden data-x='>' href=x-1.zip>", "<a href=' x-1.zip\n'>",
            "<a href=\"x&#45;1.zip\">", "<a href=\"x&#x2D;1.zip\">", "<a href=x%2D1.zip>",
            "<a href=x-1.zip?a=1&lt=2#egg=y>",
            "<p><a href=x-1.zip></b></i>", "text < 3 <a href=x-1.zip>", "<a href=\"x-1.zip\"href=",
            "<a =\"\" href=x-1.zip>",
            "<!-- <a href=no-1.zip> --><a href=x-1.zip>", "<!--><a href=x-1.zip>", "<!---><a href=x-1.zip>",
            "<!-- --!><a href=x-1.zip>", "<!-- -- > <a href=no-1.zip> ---><a href=x-1.zip>",
            "<?php ?><a href=x-1.zip>",
            "<!ELEMENT><a href=x-1.zip>", "</><a href=x-1.zip>", "</3 \"><a href=x-1.zip>",
            "</p a=\">\"><a href=x-1.zip>",
            "<script>'<a href=no-1.zip>'</script ><a href=x-1.zip>",
            "<STYLE><a href=no-1.zip></sTyle><a href=x-1.zip>",
            "<title><a href=no-1.zip></titles></title><a href=x-1.zip>",
            "<script></scr</script><a href=x-1.zip>",
            "<style></style a='>'><a href=x-1.zip>",
            "<style></styl/><a href=no-1.zip></style/><a href=x-1.zip>",
            "<textarea></ textarea><a href=no-1.zip></textarea><a href=x-1.zip>",
            "<a href=no-1.zip href=x-1.zip>", "<a name='é' href=\"x-1.zip\">", "\u{FEFF}<a href=x-1.zip>",
            "<a href=x-1.zip><a href=no-1.zip",
        ])
    func spelling(_ html: String) throws {
        let tail = html.hasSuffix("href=") || html.hasSuffix("href=no-1.zip") ? "" : "<b>"
        let expected = html.hasSuffix("\"href=") ? [] : ["x-1.zip"]
        #expect(try readHTML(html + tail).files.map(\.filename) == expected)
    }

    @Test("only the six references of markup are replaced, and numbers")
    func references() {
        let cases = [
            ("&amp;&lt;&gt;&quot;&apos;", "&<>\"'"), ("&AMP;&lt", "&<"), ("&amp;amp;", "&amp;"),
            ("&ltx &lt= &lt-", "&ltx &lt= <-"),
            ("&apos", "&apos"), ("&#39;&#x27;&#X27&#39", "''''"),
            ("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ("&#;&#x;&#xg;&", "&#;&#x;&#xg;&"), ("&eacute;&unknown;", "&eacute;&unknown;"),
            ("&#128512;", "😀"),
        ]
        for (text, expected) in cases { #expect(HTMLText.unescaped(text.utf8) == expected) }
    }

    @Test(
        "what is no archive, or not plainly named, is passed over",
        arguments: [
            "", "#", "..", "../", "demo/", "x.txt", "x-1.0.exe", "x-1.egg", "x.whl.asc", "x.whl.metadata",
            ".zip", ".x-1.zip",
            "a%2Fx-1.zip", "a%5Cx-1.zip", "x%00-1.zip", "x%0A-1.zip", "x%C2%85-1.zip", "x%FF-1.zip",
            "x-1.ZIP",
            "?f=x-1.zip", "#x-1.zip", String(repeating: "x", count: 252) + ".zip", "x-1.zip#sha256=",
            "x-1.zip#sha256=ab",
            "x-1.zip#sha256=\(String(repeating: "g", count: 64))", "x-1.zip#egg=x&md5=1",
        ])
    func passedOver(_ href: String) throws {
        #expect(try readHTML("<a href=\"\(href)\">x-1.zip</a>").files == [])
    }

    @Test(
        "names come from the last segment of the link's path, percent-decoded",
        arguments: [
            ("https://h/a/b/x-1%2Blocal-py3-none-any.whl?x=/y.zip#/z.zip", "x-1+local-py3-none-any.whl"),
            ("x-1.tar.gz/", "x-1.tar.gz"), ("//h/x%20y-1.zip", "x y-1.zip"),
            (String(repeating: "x", count: 251) + ".zip", String(repeating: "x", count: 251) + ".zip"),
        ])
    func filenames(_ href: String, _ filename: String) throws {
        #expect(try readHTML("<a href=\"\(href)\">other</a>").files.map(\.filename) == [filename])
    }

    @Test("every hash of a fragment counts, in lower case; the first of two")
    func hashes() throws {
        let page = try readHTML(
            "<a href='x-1.zip#sha256=\(digest.uppercased())&amp;egg=x&md5=\(digest.prefix(32))&sha256=\(String(repeating: "0", count: 64))'>"
        )
        #expect(page.files.first?.hashes == ["sha256": digest, "md5": String(digest.prefix(32))])
    }

    @Test("a file is yanked by the mere presence of the attribute")
    func yanked() throws {
        let page = try readHTML(
            "<a href=a-1.zip data-yanked><a href=b-1.zip data-yanked=''><a href=c-1.zip DATA-Yanked=why>")
        #expect(page.files.map(\.yanked) == [.yes(reason: nil), .yes(reason: nil), .yes(reason: "why")])
    }

    @Test("metadata is there under either name, core-metadata first, and only if the value makes sense")
    func coreMetadata() throws {
        let page = try readHTML(
            """
            <a href=a-1.whl data-dist-info-metadata=true><a href=b-1.whl data-core-metadata=true data-dist-info-metadata="sha256=\(digest)">
            <a href=c-1.whl data-core-metadata=false><a href=d-1.whl data-core-metadata><a href=e-1.whl data-core-metadata="sha256=00">
            <a href=f-1.whl data-dist-info-metadata=SHA256=\(digest.uppercased())><a href=g-1.whl data-core-metadata="a#b=00ff">
            <a href=h-1.whl data-core-metadata="Blake3=00FF">
            """)
        #expect(
            page.files.map(\.coreMetadata) == [
                .present(hashes: [:]), .present(hashes: [:]), .absent, .absent, .absent,
                .present(hashes: ["sha256": digest]), .absent, .present(hashes: ["blake3": "00ff"]),
            ])
    }

    @Test("links are relative to the page, or to its first base")
    func base() throws {
        let plain = try readHTML("<a href=../x-1.zip#md5=\(digest.prefix(32))>")
        #expect(
            plain.url(of: plain.files[0], at: "https://h/simple/x/")
                == "https://h/simple/x-1.zip#md5=\(digest.prefix(32))")
        let page = try readHTML("<base target=_top><base href=/f/><base href=/g/><a href=x-1.zip>")
        #expect(page.base == "/f/")
        #expect(page.url(of: page.files[0], at: "https://h/simple/x/") == "https://h/f/x-1.zip")
        let other = try readHTML("<base href='file:///'><a href=x-1.zip>")
        #expect(other.url(of: other.files[0], at: "https://h/simple/x/") == nil)
    }

    /// What a reader might come back to again and again.
    static let repeated = [
        "<", "<!", "<!-", "<!--", "<!-->", "-", "--!", "</", "</a", "<a ", "<a href=", "<a href='",
        "<a href=x-1.zip ",
        "<a href=x-1.zip>", "&", "&#", "&#x", "<script>", "<title></titl", "</</", "=", "\"'", "/", "<a/",
        " ", "\u{0}", ">",
    ]

    @Test(
        "a page takes time in proportion to its length, whatever it repeats", .timeLimit(.minutes(1)),
        arguments: repeated)
    func linear(_ part: String) throws {
        let text = String(repeating: part, count: 100_000 / part.utf8.count)
        for opening in ["", "<!--", "<script>", "<a href=\"", "<a ", "<a href=x-1.zip title='", "</a "] {
            let limits = SimplePage.Limits(maxTextBytes: 1 << 20)
            #expect(try readHTML(opening + text, limits: limits).files.count <= 1)
        }
        #expect(HTMLText.unescaped(text.utf8).utf8.count <= 100_000)
    }

    @Test("of a status the first counts, and an empty one is none")
    func status() throws {
        let page = try readHTML(
            "<meta name=pypi:project-status content=''><meta name=pypi:project-status content=archived>"
                + "<meta name=pypi:project-status content=active><meta name=pypi:project-status-reason content=''>"
        )
        #expect(page.status == .init(marker: "archived", reason: nil))
        #expect(try readHTML("<meta name=pypi:project-status content>").status == nil)
    }

    @Test("of files with one name the first stays")
    func duplicates() throws {
        #expect(try readHTML("<a href=/a/x-1.zip><a href=/b/x-1.zip>").files.map(\.url) == ["/a/x-1.zip"])
    }

    @Test("limits are kept, and what is not UTF-8 is no page")
    func limits() throws {
        let limits = SimplePage.Limits(maxBytes: 60, maxFiles: 1, maxTextBytes: 8)
        #expect(throws: SimplePageError.tooLarge(limit: 60)) {
            try readHTML(String(repeating: " ", count: 61), limits: limits)
        }
        _ = try readHTML(String(repeating: " ", count: 60), limits: limits)
        #expect(throws: SimplePageError.tooManyFiles(limit: 1)) {
            try readHTML("<a href=a-1.zip><a href=b-1.zip>", limits: limits)
        }
        _ = try readHTML("<a href=a-1.zip><a href=a-1.zip>", limits: limits)
        #expect(throws: SimplePageError.textTooLong(limit: 8)) {
            try readHTML("<a href=abc-1.zip>", limits: limits)
        }
        _ = try readHTML("<a href=ab-1.zip title=0123456789>", limits: limits)
        #expect(throws: SimplePageError.notUTF8) { try SimplePage(html: [0x61, 0xFF]) }
    }
}
