import Testing

@testable import Packaging

@Suite("Upload form")
struct UploadFormTests {
    typealias Fields = [(name: String, value: String)]

    static let digest = String(repeating: "0f", count: 32)

    /// A form that is accepted, with some fields replaced, added or, if nil, left out.
    static func fields(_ changes: [(String, String?)] = []) -> Fields {
        let base: Fields = [
            (":action", "file_upload"), ("protocol_version", "1"), ("name", "Foo.Bar"), ("version", "1.0"),
            ("metadata_version", "2.4"), ("filetype", "bdist_wheel"), ("pyversion", "py3"),
            ("sha256_digest", digest),
        ]
        let replaced = Set(changes.map(\.0))
        return base.filter { !replaced.contains($0.name) }
            + changes.compactMap { name, value in value.map { (name, $0) } }
    }

    static let seeCore =
        " See https://packaging.python.org/specifications/core-metadata for more information."
    static let seeLocal =
        " See https://packaging.python.org/en/latest/specifications/version-specifiers/"
        + "#local-version-identifiers for more information."

    private func refusal(of changes: [(String, String?)], policy: UploadPolicy = UploadPolicy())
        -> UploadRefusal?
    {
        do throws(UploadRefusal) {
            _ = try UploadForm(fields: Self.fields(changes), policy: policy)
            return nil
        } catch {
            return error
        }
    }

    @Test("of a wheel is accepted, its digests in lower case, empty and UNKNOWN fields dropped")
    func wheel() throws {
        let form = try UploadForm(
            fields: Self.fields([
                ("sha256_digest", Self.digest.uppercased()), ("md5_digest", "ABC"), ("blake2_256_digest", ""),
                ("comment", ""), ("summary", "UNKNOWN"), ("license", " UNKNOWN "), ("requires_python", ""),
                ("requires_dist", "a"), ("requires_dist", "b>=1"), ("import_names", "1"), ("unknown", "x"),
                ("gpg_signature", "x"), ("attestations", "[]"), ("author", "a\0b"),
            ]))

        #expect(form.fileType == .wheel)
        #expect(form.pythonVersion == "py3")
        #expect(form.digests == UploadDigests(md5: "abc", sha256: Self.digest, blake2b256: nil))
        #expect(form.comment == nil)
        #expect(form.attestations == "[]")
        #expect(form.metadata.name.display == "Foo.Bar")
        #expect(form.metadata.summary == nil)
        #expect(form.metadata.license == nil)
        #expect(form.metadata.requiresPython == nil)
        #expect(form.metadata.requiresDist.map(\.name) == ["a", "b"])
        #expect(form.metadata.author == "a\\x00b")
    }

    @Test("of a source distribution needs no Python version", arguments: [nil, "", "source"])
    func sdist(pythonVersion: String?) throws {
        let form = try UploadForm(fields: Self.fields([("filetype", "sdist"), ("pyversion", pythonVersion)]))

        #expect(form.fileType == .sdist)
        #expect(form.pythonVersion == "source")
    }

    @Test(
        "is refused for fields about the file",
        arguments: [
            ([("protocol_version", "2")], "Unknown protocol version."),
            (
                [("name", nil)],
                "'' is an invalid value for Name. Error: This field is required." + seeCore
            ),
            (
                [("name", "a!")],
                "'a!' is an invalid value for Name. Error: Start and end with a letter or numeral containing only "
                    + "ASCII numeric and '.', '_' and '-'." + seeCore
            ),
            (
                [("name", String(repeating: "-", count: 30) + "x" + String(repeating: "+", count: 30))],
                "'------------------------------...++++++++++++++++++++++++++++++' is an invalid value for Name. "
                    + "Error: Start and end with a letter or numeral containing only ASCII numeric and '.', '_' "
                    + "and '-'." + seeCore
            ),
            ([("filetype", nil)], "Invalid value for filetype. Error: This field is required."),
            ([("filetype", "bdist_egg")], "Invalid value for filetype. Error: Use a known file type."),
            (
                [("sha256_digest", "0f")],
                "Invalid value for sha256_digest. Error: Use a valid, hex-encoded, SHA256 message digest."
            ),
            (
                [("sha256_digest", String(repeating: "g", count: 64))],
                "Invalid value for sha256_digest. Error: Use a valid, hex-encoded, SHA256 message digest."
            ),
            (
                [("blake2_256_digest", digest + "\n")],
                "Invalid value for blake2_256_digest. Error: Use a valid, hex-encoded, BLAKE2 message digest."
            ),
            (
                [("pyversion", nil)],
                "Invalid value for pyversion. Error: Python version is required for binary distribution uploads."
            ),
            (
                [("filetype", "sdist")],
                "Invalid value for pyversion. Error: Use 'source' as Python version for an sdist."
            ),
            ([("sha256_digest", nil)], "Error: Include at least one message digest."),
        ] as [([(String, String?)], String)])
    func fileFields(changes: [(String, String?)], message: String) {
        #expect(refusal(of: changes) == UploadRefusal(status: 400, message: message))
    }

    @Test(
        "is refused for metadata",
        arguments: [
            ([("metadata_version", nil)], "None is not a valid metadata version."),
            ([("metadata_version", "9.9")], "'9.9' is not a valid metadata version."),
            ([("metadata_version", "2.0")], "'2.0' is not a valid metadata version."),
            ([("version", nil)], "'version' is a required field."),
            ([("version", "x")], "'x' is invalid for 'version'."),
            ([("version", "1"), ("version", "2")], "'version' has invalid data."),
            ([("summary", "1"), ("summary", "2")], "'summary' has invalid data."),
            (
                [("project_urls", "a, http:b"), ("project_urls", "a, http:c")],
                "'project_urls' has invalid data."
            ),
            (
                [("metadata_version", "2.1"), ("license_expression", "MIT")],
                "license-expression introduced in metadata version 2.4, not 2.1."
            ),
            (
                [("metadata_version", "1.0"), ("requires_dist", "a")],
                "requires-dist introduced in metadata version 1.2, not 1.0."
            ),
            ([("summary", "a\nb")], "'summary' must be a single line."),
            (
                [("summary", String(repeating: "é", count: 513))],
                "'summary' field must be 512 characters or less."
            ),
            ([("requires_python", "3")], "'3' is invalid for 'requires-python'."),
            ([("requires_dist", "a"), ("requires_dist", "b c")], "'b c' is invalid for 'requires-dist'."),
            ([("requires_dist", "a@https://x/y")], "Can't have direct dependency: a @ https://x/y."),
            ([("provides_extra", "-")], "'-' is invalid for 'provides-extra'."),
            ([("provides_dist", "b c")], "'b c' is invalid: Expected semicolon before the marker: 'b c'."),
            ([("obsoletes_dist", "a@https://x/y")], "Can't have direct dependency: 'a@https://x/y'."),
            ([("license_expression", "MIT OR")], "'MIT OR' is invalid for 'license-expression'."),
            (
                [("license", "MIT"), ("license_expression", "MIT")],
                "License is deprecated when License-Expression is present. Only License-Expression should be present."
            ),
            (
                [("license_file", "../x")],
                "'../x' is invalid for 'license-file', parent directory indicators are not allowed."
            ),
            ([("classifiers", "x"), ("classifiers", "b")], "'b' is not a valid classifier."),
            ([("classifiers", "Private :: X")], "'Private :: X' is not a valid classifier."),
            ([("home_page", "x")], "'x' is not a valid url."),
            ([("download_url", "ftp://x")], "'ftp://x' is not a valid url."),
            ([("project_urls", ", https://x")], "Must have a label."),
            (
                [("project_urls", String(repeating: "l", count: 33) + ", https://x")],
                "'lllllllllllllllllllllllllllllllll' must be 32 characters or less."
            ),
            ([("project_urls", "Home")], "Must have a URL."),
            ([("project_urls", "Home, x")], "'x' is not a valid url."),
            (
                [("author_email", "x")],
                "'x' is not a valid email address: An email address must have an @-sign."
            ),
            (
                [("maintainer_email", "A <x@y>")],
                "'x@y' is not a valid email address: The part after the @-sign is not valid. It should have a period."
            ),
            ([("dynamic", "Name")], "'name' is not allowed as a dynamic field."),
            ([("dynamic", "Nonsense")], "'nonsense' is not a valid dynamic field."),
            ([("dynamic", "Dynamic")], "Dynamic field 'dynamic' is not a valid dynamic field."),
            (
                [("metadata_version", "2.5"), ("import_name", "1")],
                "'1' is invalid for 'import-name'; '1' is not a valid identifier."
            ),
        ] as [([(String, String?)], String)])
    func metadata(changes: [(String, String?)], message: String) {
        #expect(refusal(of: changes)?.status == 400)
        #expect(refusal(of: changes)?.message == message + Self.seeCore)
    }

    @Test("is refused for a local version, with its own page to read")
    func localVersion() {
        #expect(
            refusal(of: [("version", "1.0+A-1")])?.message
                == "The use of local versions in '1.0+a.1' is not allowed." + Self.seeLocal)
    }

    @Test("is judged in order: protocol, name, other fields by name, combinations, metadata")
    func order() {
        var changes: [(String, String?)] = [
            ("protocol_version", "2"), ("name", "-"), ("blake2_256_digest", "x"), ("filetype", "x"),
            ("sha256_digest", "x"), ("metadata_version", "x"), ("version", "x"), ("summary", "a\nb"),
        ]
        var starts: [String] = []
        while let refusal = refusal(of: changes) {
            starts.append(String(refusal.message.prefix(22)))
            changes.removeFirst()
        }

        #expect(
            starts == [
                "Unknown protocol versi", "'-' is an invalid valu", "Invalid value for blak",
                "Invalid value for file",
                "Invalid value for sha2", "'x' is not a valid met", "'x' is invalid for 've",
                "'summary' must be a si",
            ])
    }

    @Test(
        "is accepted where the policy allows more than the Python index",
        arguments: [
            ("version", "1.0+a", UploadPolicy(allowsLocalVersions: true)),
            ("classifiers", "Private :: X", UploadPolicy(allowsPrivateClassifiers: true)),
            ("requires_dist", "a @ https://x/y", UploadPolicy(allowsDirectDependencies: true)),
        ])
    func policy(field: String, value: String, policy: UploadPolicy) {
        #expect(refusal(of: [(field, value)], policy: policy) == nil)
        #expect(refusal(of: [(field, value)]) != nil)
    }

    @Test("quotes hostile values only in part")
    func longMessage() {
        let message = refusal(of: [("requires_python", String(repeating: "x", count: 1_000_000))])?.message

        #expect(message?.unicodeScalars.count == UploadRefusal.maxMessageLength + 1)
    }

    @Test("has digests that all must match")
    func digests() throws {
        let digests = UploadDigests(md5: "a", sha256: nil, blake2b256: "c")
        let refusal = UploadRefusal(
            status: 400,
            message: "The digest supplied does not match a digest calculated from the uploaded file.")

        try digests.check(md5: "a", sha256: "b", blake2b256: "c")
        #expect(throws: refusal) { try digests.check(md5: "x", sha256: "b", blake2b256: "c") }
        #expect(throws: refusal) { try digests.check(md5: "a", sha256: "b", blake2b256: "x") }
    }

    @Test("has a text for everything else the Python index refuses before it looks at the file")
    func otherRefusals() throws {
        #expect(UploadRefusal.missingFile.message == "Upload payload does not have a file.")
        #expect(UploadRefusal.notText(field: "name").message == "name: Should not be a tuple.")
        try UploadRefusal.check(contentType: nil)
        try UploadRefusal.check(contentType: "application/octet-stream")
        #expect(throws: UploadRefusal(status: 400, message: "Invalid distribution file.")) {
            try UploadRefusal.check(contentType: "Image/png")
        }
    }
}
