import Testing

@testable import Packaging

@Suite("References are resolved as RFC 3986 §5 says")
struct URLReferenceTests {
    static let base = "http://a/b/c/d;p?q"

    @Test(
        "the RFC's normal and abnormal examples (§5.4)",
        arguments: [
            ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"), ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"), ("g#s", "http://a/b/c/g#s"),
            ("g?y#s", "http://a/b/c/g?y#s"), (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y#s"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"),
            ("../..", "http://a/"), ("../../", "http://a/"), ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"), ("/./g", "http://a/g"),
            ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"), ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"), ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g#s/./x"), ("g#s/../x", "http://a/b/c/g#s/../x"),
        ])
    func examples(_ reference: String, _ expected: String) {
        #expect(URLReference.resolve(reference, against: Self.base) == expected)
    }

    @Test(
        "absolute ones stand for themselves, scheme and host in lower case",
        arguments: [
            ("HTTPS://Files.Example/P/x.whl#sha256=ab", "https://files.example/P/x.whl#sha256=ab"),
            ("https://h:8443/a/../b", "https://h:8443/b"), ("http://[::1]:80/x", "http://[::1]:80/x"),
            ("http://[2001:DB8::1]", "http://[2001:db8::1]"), ("//other.example/x", "http://other.example/x"),
        ])
    func absolute(_ reference: String, _ expected: String) {
        #expect(URLReference.resolve(reference, against: Self.base) == expected)
    }

    @Test(
        "other schemes, and authorities that name no host, are none",
        arguments: [
            "g:h", "http:g", "file:///etc/passwd", "javascript:alert(1)", "ftp://a/b", "data:,x", "http://",
            "http:///x", "//", "//?x", "http://a:b/", "http://a:99999/", "http://a b/", "http://a\\@b/",
            "\\\\b\\x", "/a\\b",
            "http://é/", "http://[::1", "http://[]/", "http://::1/", "http://a%2fb/", "x\u{0}y", "x\ny",
            "x\u{7F}",
        ])
    func refused(_ reference: String) {
        #expect(URLReference.resolve(reference, against: Self.base) == nil)
    }

    @Test(
        "a base that is no absolute HTTP URL resolves nothing",
        arguments: ["", "/simple/", "file:///x", "http:"])
    func badBase(_ base: String) {
        #expect(URLReference.resolve("x", against: base) == nil)
    }

    @Test("user information goes nowhere, and decides nothing")
    func userInformation() {
        #expect(URLReference.resolve("x", against: "https://u:p@h/s/") == "https://h/s/x")
        #expect(URLReference.resolve("https://u@h/x", against: Self.base) == "https://h/x")
        #expect(
            URLReference.resolve("https://pypi.org@evil.example/x", against: Self.base)
                == "https://evil.example/x")
        #expect(URLReference.resolve("https://a:b@c@d/x", against: Self.base) == "https://d/x")
    }

    @Test("what no URL can hold is percent-encoded; what is encoded already stays")
    func encoding() {
        #expect(
            URLReference.resolve(" a b\"é.whl\n", against: Self.base) == "http://a/b/c/a%20b%22%C3%A9.whl")
        #expect(URLReference.resolve("a%20b%2Fc%zz%", against: Self.base) == "http://a/b/c/a%20b%2Fc%25zz%25")
    }

    @Test(
        "encoded dots are dots, and cannot lead above the root", arguments: ["%2e%2e", ".%2E", "%2E.", ".."])
    func encodedDots(_ dots: String) {
        #expect(URLReference.resolve("\(dots)/\(dots)/\(dots)/g", against: Self.base) == "http://a/g")
    }

    @Test("a base without a path, or a relative path without a slash, still resolves")
    func emptyPath() {
        #expect(URLReference.resolve("g", against: "https://h") == "https://h/g")
        #expect(URLReference.resolve("?x", against: "https://h") == "https://h?x")
    }
}
