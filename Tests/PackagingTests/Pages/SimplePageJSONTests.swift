import CanonicalJSON
import Testing

@testable import Packaging

private let digest = String(repeating: "ab", count: 32)

func readJSON(_ text: String, limits: SimplePage.Limits = .default) throws(SimplePageError) -> SimplePage {
    try SimplePage(json: Array(text.utf8), limits: limits)
}

@Suite("Project pages of any index, in JSON")
struct SimplePageJSONTests {
    private static func page(file: String) -> String {
        #"{"meta":{"api-version":"1.4"},"name":"x","files":[{"filename":"x-1.zip","url":"u","hashes":{}\#(file)}]}"#
    }

    @Test("all that a page says is read")
    func whole() throws {
        let page = try readJSON(
            """
            {"meta": {"api-version": "1.4", "_last-serial": 3}, "name": "Demo", "versions": ["1.0", "x"],
             "project-status": {"status": "deprecated", "reason": "old"}, "_score": [1.5, -0, 1e999, 123456789012345678901234567890],
             "files": [{"filename": "demo-1.0.tar.gz", "url": "https://h/d#sha1=\(digest.prefix(40))", "hashes": {"SHA256": "\(digest.uppercased())", "blake3": "00ff"},
              "requires-python": ">=3", "yanked": "bad", "core-metadata": {"sha256": "\(digest)"}, "dist-info-metadata": false,
              "size": 12, "upload-time": "2026-01-02T03:04:05.000006Z", "provenance": null, "gpg-sig": false}]}
            """)
        #expect(page.name == "Demo" && page.version.minor == 4 && page.versions == ["1.0", "x"])
        #expect(page.status == .init(marker: "deprecated", reason: "old"))
        #expect(
            page.files == [
                .init(
                    filename: "demo-1.0.tar.gz", url: "https://h/d#sha1=\(digest.prefix(40))",
                    hashes: ["sha256": digest, "blake3": "00ff", "sha1": String(digest.prefix(40))],
                    requiresPython: ">=3",
                    yanked: .yes(reason: "bad"), coreMetadata: .present(hashes: ["sha256": digest]), size: 12,
                    uploadTime: "2026-01-02T03:04:05.000006Z")
            ])
    }

    @Test("what may be missing may be missing, and null counts as missing")
    func least() throws {
        let page = try readJSON(
            #"{"files":[{"filename":"x-1.zip","url":"u"},{"filename":"y-1.zip","url":"u","hashes":null,"requires-python":null,"#
                + #""yanked":null,"core-metadata":null,"dist-info-metadata":true,"size":null,"upload-time":null},{"filename":"no","url":"u"}]}"#
        )
        #expect(page.name == nil && page.version.minor == 0 && page.status == nil && page.versions == nil)
        let bare = SimplePage.File(
            filename: "x-1.zip", url: "u", hashes: [:], requiresPython: nil, yanked: .no,
            coreMetadata: .absent,
            size: nil, uploadTime: nil)
        #expect(page.files.first == bare)
        #expect(page.files.last?.coreMetadata == .present(hashes: [:]))
        #expect(page.files.count == 2)
    }

    @Test(
        "yanked is a flag or a reason",
        arguments: [
            ("false", ProjectPage.Yanked.no), ("true", .yes(reason: nil)), (#""""#, .no),
            (#""x""#, .yes(reason: "x")),
        ])
    func yanked(_ json: String, _ expected: ProjectPage.Yanked) throws {
        #expect(try readJSON(Self.page(file: #","yanked":\#(json)"#)).files.first?.yanked == expected)
    }

    @Test(
        "an upload time that is no moment is none",
        arguments: [
            "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:60Z", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1234567Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+00:00", "Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z", "2026-01-01T00:00:00.00aZ", "yesterday",
        ])
    func noMoment(_ text: String) throws {
        #expect(try readJSON(Self.page(file: #","upload-time":"\#(text)""#)).files.map(\.uploadTime) == [nil])
    }

    @Test(
        "moments have up to six digits of a fraction",
        arguments: ["2024-02-29T23:59:59Z", "2000-02-29T00:00:00.1Z", "0001-12-31T00:00:00.123456Z"])
    func moments(_ text: String) throws {
        #expect(
            try readJSON(Self.page(file: #","upload-time":"\#(text)""#)).files.map(\.uploadTime) == [text])
    }

    @Test(
        "a member of another type is refused by its name",
        arguments: [
            ("[]", "files"), ("{}", "files"), (#"{"files":{}}"#, "files"), (#"{"files":[1]}"#, "files"),
            (#"{"files":[{}]}"#, "filename"), (#"{"files":[{"filename":1}]}"#, "filename"),
            (#"{"files":[{"filename":"x"}]}"#, "url"),
            (#"{"files":[],"name":1}"#, "name"), (#"{"files":[],"meta":1}"#, "meta"),
            (#"{"files":[],"meta":{"api-version":1}}"#, "api-version"),
            (#"{"files":[],"versions":[1]}"#, "versions"), (#"{"files":[],"versions":"1"}"#, "versions"),
            (#"{"files":[],"project-status":"active"}"#, "project-status"),
            (#"{"files":[],"project-status":{"status":1}}"#, "status"),
            (page(file: #","requires-python":3"#), "requires-python"),
            (page(file: #","yanked":1"#), "yanked"),
            (page(file: #","size":-1"#), "size"), (page(file: #","size":"1""#), "size"),
            (page(file: #","core-metadata":"x""#), "core-metadata"),
            (page(file: #","core-metadata":{"sha256":1}"#), "core-metadata"),
            (page(file: #","dist-info-metadata":1"#), "dist-info-metadata"),
            (page(file: #","upload-time":1"#), "upload-time"),
        ])
    func wrongType(_ json: String, _ member: String) {
        #expect(throws: SimplePageError.wrongMember(member)) { try readJSON(json) }
    }

    @Test("a malformed digest takes its file away; one of the metadata takes only that away")
    func malformedDigests() throws {
        let page = try readJSON(
            #"{"files":[{"filename":"x-1.zip","url":"u","hashes":{"sha256":"00"}},{"filename":"y-1.zip","url":"u#md5=1","hashes":{}},"#
                + #"{"filename":"w-1.zip","url":"u","hashes":{"é":"00"}},"#
                + #"{"filename":"z-1.zip","url":"u","hashes":{},"core-metadata":{"sha256":"00"}}]}"#)
        #expect(page.files.map(\.filename) == ["z-1.zip"])
        #expect(page.files.map(\.coreMetadata) == [.absent])
    }

    @Test("limits are kept, and what is not JSON is no page")
    func limits() {
        let limits = SimplePage.Limits(maxBytes: 120, maxFiles: 1, maxTextBytes: 8)
        #expect(throws: SimplePageError.tooLarge(limit: 120)) {
            try readJSON(String(repeating: " ", count: 121), limits: limits)
        }
        #expect(throws: SimplePageError.tooManyFiles(limit: 1)) {
            try readJSON(
                #"{"files":[{"filename":"x-1.zip","url":"u"},{"filename":"y-1.zip","url":"u"}]}"#,
                limits: limits)
        }
        for json in [
            #"{"files":[],"name":"123456789"}"#, #"{"files":[],"versions":["123456789"]}"#,
            #"{"files":[{"filename":"x-1.zip","url":"u","hashes":{"x":"123456789"}}]}"#,
        ] {
            #expect(throws: SimplePageError.textTooLong(limit: 8)) { try readJSON(json, limits: limits) }
        }
        #expect(throws: SimplePageError.malformedJSON(.unexpectedEnd(offset: 0))) { try readJSON("") }
        #expect(throws: SimplePageError.malformedJSON(.duplicateKey("files", offset: 0))) {
            try readJSON(#"{"files":[],"files":[]}"#)
        }
        #expect(throws: SimplePageError.malformedJSON(.tooDeep(limit: 64, offset: 72))) {
            try readJSON(#"{"files":"# + String(repeating: "[", count: 10_000))
        }
    }
}

@Suite("Versions of the simple API (PEP 629)")
struct SimpleAPIVersionTests {
    @Test("1.x is read, a later minor version too", arguments: [("1.0", 0), ("1.4", 4), ("1.99", 99)])
    func known(_ text: String, _ minor: Int) throws {
        #expect(try readJSON(#"{"meta":{"api-version":"\#(text)"},"files":[]}"#).version.minor == minor)
        #expect(try readHTML("<META NAME=pypi:repository-version CONTENT='\(text)'>").version.minor == minor)
    }

    @Test("another major version is refused", arguments: ["2.0", "0.9", "10.4"])
    func unsupported(_ text: String) {
        #expect(throws: SimplePageError.unsupportedVersion(text)) {
            try readJSON(#"{"meta":{"api-version":"\#(text)"},"files":[]}"#)
        }
        #expect(throws: SimplePageError.unsupportedVersion(text)) {
            try readHTML("<a href=x-1.zip><meta content=\(text) name='pypi:repository-version'>")
        }
    }

    @Test(
        "what is not Major.Minor is refused",
        arguments: ["1", "1.", "1.4.1", "v1.0", "1.0a1", "1.-1", "1.+1", "1.1234567890", " 1.0"])
    func malformed(_ text: String) {
        #expect(throws: SimplePageError.malformedVersion(text)) {
            try readHTML("<meta name='pypi:repository-version' content='\(text)'>")
        }
    }
}
