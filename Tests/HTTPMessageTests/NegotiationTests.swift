import HTTPMessage
import Testing

@Suite("Content negotiation and conditions (RFC 9110)")
struct NegotiationTests {
    static let json = "application/vnd.pypi.simple.v1+json"
    static let html = "application/vnd.pypi.simple.v1+html"
    static let offers = ["text/html", html, json]

    @Test(
        "prefers the offer the client likes best, then the earlier one",
        arguments: [
            (nil, "text/html"),
            ("", "text/html"),
            ("*/*", "text/html"),
            ("\(json), \(html); q=0.1, text/html; q=0.01", json),
            ("text/html;q=0.01, \(html);q=0.2, */*;q=0.1", html),
            ("text/*;q=0.5, application/*;q=0.6", html),
            ("TEXT/HTML;Q=1.0", "text/html"),
            ("text/html;q=0, */*", html),
            ("nonsense, \(json)", json),
            ("image/png", nil),
            ("*/*;q=0", nil),
            ("text/html;q=x", nil),
            ("application/xml;x=\",text/html\"", nil),
        ] as [(String?, String?)])
    func accept(field: String?, expected: String?) {
        #expect(MediaRange.preferred(among: Self.offers, accept: field) == expected)
    }

    @Test(
        "gzip only where the client admits it",
        arguments: [
            (nil, false), ("gzip, deflate", true), ("gzip", true), ("GZIP;q=0.5", true), ("gzip;q=0", false),
            ("*", true), ("*;q=0", false), ("gzip;q=0, *", false), ("br", false), ("identity", false),
            ("deflate, gzip;q=0.001", true),
        ] as [(String?, Bool)])
    func gzip(field: String?, expected: Bool) {
        #expect(ContentCoding.acceptsGzip(field) == expected)
    }

    @Test(
        "If-None-Match compares weakly",
        arguments: [
            ("\"a\"", true), ("W/\"a\"", true), ("\"x\", \"a\"", true), ("*", true), ("\"b\"", false),
            ("a", false),
            ("\"a", false), ("", false),
        ])
    func ifNoneMatch(field: String, expected: Bool) {
        #expect(Conditional.ifNoneMatch(field, [EntityTag("a")]) == expected)
    }

    @Test("If-Modified-Since counts only without If-None-Match")
    func ifModifiedSince() {
        let since: Headers = ["If-Modified-Since": HTTPDate.text(1000)]
        #expect(Conditional.isNotModified(since, etags: [EntityTag("a")], lastModified: 1000))
        #expect(!Conditional.isNotModified(since, etags: [EntityTag("a")], lastModified: 1001))
        #expect(!Conditional.isNotModified(since, etags: [EntityTag("a")]))
        let both: Headers = ["If-Modified-Since": HTTPDate.text(1000), "If-None-Match": "\"b\""]
        #expect(!Conditional.isNotModified(both, etags: [EntityTag("a")], lastModified: 1000))
    }

    @Test(
        "reads single ranges; anything else asks for the whole",
        arguments: [
            ("bytes=0-0", .part(0..<1)), ("bytes=0-", .part(0..<10)), ("bytes=9-", .part(9..<10)),
            ("bytes=2-5", .part(2..<6)), ("bytes=2-99", .part(2..<10)), ("bytes=-3", .part(7..<10)),
            ("bytes=-99", .part(0..<10)), ("Bytes= 2-5", .part(2..<6)), ("bytes=10-", .unsatisfiable),
            ("bytes=-0", .unsatisfiable), ("bytes=99999999999999999999999-", .unsatisfiable),
            ("bytes=0-99999999999999999999999", .part(0..<10)), ("bytes=5-2", .whole), ("bytes=-", .whole),
            ("bytes=", .whole), ("bytes=a-b", .whole), ("bytes=0-1,3-4", .whole), ("items=0-1", .whole),
            ("bytes=+1-2", .whole), ("bytes", .whole), ("", .whole),
        ] as [(String, ByteRange)])
    func range(field: String, expected: ByteRange) {
        #expect(ByteRange(field, size: 10) == expected)
    }

    @Test("no range of nothing is satisfiable", arguments: ["bytes=0-", "bytes=-1", "bytes=0-0"])
    func emptyRange(field: String) {
        #expect(ByteRange(field, size: 0) == .unsatisfiable)
    }

    @Test(
        "If-Range needs a strong match or the very date",
        arguments: [
            ("\"a\"", true), ("W/\"a\"", false), ("\"b\"", false), (HTTPDate.text(1000), true),
            (HTTPDate.text(1001), false), ("rubbish", false),
        ])
    func ifRange(field: String, applies: Bool) throws {
        let head = try RequestHead(.get, "/", headers: ["Range": "bytes=1-2", "If-Range": field])
        let range = ByteRange(head, size: 10, etag: EntityTag("a"), lastModified: 1000)
        #expect(range == (applies ? .part(1..<3) : .whole))
    }

    @Test("ranges are for GET alone")
    func rangeOfHead() throws {
        let head = try RequestHead(.head, "/", headers: ["Range": "bytes=1-2"])
        #expect(ByteRange(head, size: 10, etag: nil) == .whole)
    }

    @Test(
        "dates go there and back",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ])
    func dates(seconds: Int, text: String) {
        #expect(HTTPDate.text(seconds) == text)
        #expect(HTTPDate.seconds(text) == seconds)
    }

    @Test(
        "refuses dates that are none",
        arguments: [
            "Sun, 31 Feb 1994 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT", "", "Sun, 06 Nov 1994 08:49:37 UTC",
        ])
    func badDates(text: String) {
        #expect(HTTPDate.seconds(text) == nil)
    }
}
