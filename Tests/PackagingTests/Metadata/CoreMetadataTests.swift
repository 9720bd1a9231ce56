import Testing

@testable import Packaging

@Suite("Core metadata of a file")
struct CoreMetadataTests {
    static let start = "Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0-1\n"

    private func parse(_ text: String) throws -> CoreMetadata { try CoreMetadata(parsing: Array(text.utf8)) }

    @Test("is read field by field, whatever the case of their names, unknown ones ignored")
    func fields() throws {
        let metadata = try parse(
            """
            metadata-version: 2.4
            NAME: Foo.Bar
            Version:\t1.0-1
            Summary:   A  summary: with colon
            Requires-Python: >=3.9, <4
            Requires-Dist: a >=1 ; extra == 'X_y'
            Requires-Dist: b
            Provides-Extra: X_y
            Classifier: A :: B
            Classifier: C :: D
            Keywords: one, two
            Project-URL: Home , https://example.org/a,b
            License-File: LICENSE
            Dynamic: Requires-Dist
            X-Unknown: anything

            The description.

            Name: not a header
            """)

        #expect(metadata.metadataVersion == "2.4")
        #expect(metadata.name.display == "Foo.Bar")
        #expect(metadata.version.description == "1.0.post1")
        #expect(metadata.summary == "A  summary: with colon")
        #expect(metadata.requiresPythonText == ">=3.9, <4")
        #expect(try metadata.requiresPython == SpecifierSet("<4,>=3.9"))
        #expect(metadata.requiresDistTexts == ["a >=1 ; extra == 'X_y'", "b"])
        #expect(metadata.requiresDist.map(\.description) == [#"a>=1; extra == "x-y""#, "b"])
        #expect(metadata.providesExtra == ["x-y"])
        #expect(metadata.classifiers == ["A :: B", "C :: D"])
        #expect(metadata.keywords == ["one", "two"])
        #expect(metadata.projectURLs.map(\.label) == ["Home"])
        #expect(metadata.projectURLs.map(\.url) == ["https://example.org/a,b"])
        #expect(metadata.licenseFiles == ["LICENSE"])
        #expect(metadata.dynamic == ["requires-dist"])
        #expect(metadata.description == "The description.\n\nName: not a header")
    }

    @Test("is taken apart as in packaging")
    func agreesWithPackaging() throws {
        for vector in try PackagingVectors.load("metadata", as: [PackagingVectors.Metadata].self) {
            let raw = try RawMetadata(parsing: Array(vector.text.utf8), maxBytes: .max)
            for field in [MetadataField.summary, .author, .classifier, .platform, .license, .description] {
                #expect(raw[field] == vector.fields[field.rawValue] ?? [], "\(PythonText.repr(vector.text))")
            }
        }
    }

    @Test("has lines that end in any way", arguments: ["\n", "\r\n", "\r"])
    func lineEndings(ending: String) throws {
        let text = Self.start + "Summary: s\n\tfolded\n  again\nAuthor: a\n\nBody\n"
        let metadata = try parse(text.replacing("\n", with: ending))

        #expect(metadata.summary == "s\n\tfolded\n  again".replacing("\n", with: ending))
        #expect(metadata.author == "a")
        #expect(metadata.description == "Body" + ending)
    }

    @Test("may have its description folded into the headers, with or without bars")
    func foldedDescription() throws {
        let metadata = try parse(
            Self.start + "Description: One\n        two\n       |  three\n         four\n\n")

        #expect(metadata.description == "One\ntwo\n  three\n four")
    }

    @Test("treats UNKNOWN and nothing as absent, and has no NUL")
    func unknown() throws {
        let metadata = try parse(
            Self.start + "License: UNKNOWN\nAuthor:  UNKNOWN \nSummary:\nRequires-Python:\nHome-Page: a\0b\n")

        #expect(metadata.license == nil)
        #expect(metadata.author == nil)
        #expect(metadata.summary == nil)
        #expect(metadata.requiresPython == nil)
        #expect(metadata.requiresPythonText == nil)
        #expect(metadata.homePage == "a\\x00b")
    }

    @Test("ends its headers at the first line that is none")
    func noBlankLine() throws {
        #expect(try parse(Self.start + "no header\nAuthor: a\n").description == "no header\nAuthor: a\n")
        #expect(try parse(Self.start + "no header\nAuthor: a\n").author == nil)
    }

    @Test("tolerates nonsense that no installer reads")
    func tolerance() throws {
        let metadata = try parse(
            Self.start
                + "License-File: ../x\nSummary: one\nSummary: two\nDescription-Content-Type: text/x\nDynamic: z\n"
        )

        #expect(metadata.summary == nil)
    }

    @Test(
        "is refused for what installers would trip over",
        arguments: [
            ("Name: a\nVersion: 1\n", "metadata-version", "None is not a valid metadata version"),
            ("Metadata-Version: 2.0\n", "metadata-version", "'2.0' is not a valid metadata version"),
            ("Metadata-Version: 9.9\n", "metadata-version", "'9.9' is not a valid metadata version"),
            ("Metadata-Version: 2.1\nVersion: 1\n", "name", "'name' is a required field"),
            ("Metadata-Version: 2.1\nName: a\nName: a\n", "name", "'name' has invalid data"),
            ("Metadata-Version: 2.1\nName: -a\nVersion: 1\n", "name", "'-a' is invalid for 'name'"),
            ("Metadata-Version: 2.1\nName: UNKNOWN\nVersion: 1\n", "name", "'name' is a required field"),
            ("Metadata-Version: 2.1\nName: a\n", "version", "'version' is a required field"),
            ("Metadata-Version: 2.1\nName: a\nVersion: x\n", "version", "'x' is invalid for 'version'"),
            (start + "Requires-Python: 3\n", "requires-python", "'3' is invalid for 'requires-python'"),
            (
                start + "Requires-Python: >3\nRequires-Python: >4\n", "requires-python",
                "'requires-python' has invalid data"
            ),
            (start + "Requires-Dist: b c\n", "requires-dist", "'b c' is invalid for 'requires-dist'"),
            (start + "Provides-Extra: _\n", "provides-extra", "'_' is invalid for 'provides-extra'"),
            (start + "Description: a\n\nb", "description", "'description' has invalid data"),
        ])
    func refusal(text: String, field: String, message: String) {
        #expect(throws: PackagingError.invalidMetadata(field: field, message: message)) { try parse(text) }
    }

    @Test("is refused if it is too large or no UTF-8")
    func bytes() {
        let bytes = Array(Self.start.utf8)

        #expect(throws: PackagingError.metadataTooLarge(limit: 9)) {
            try CoreMetadata(parsing: bytes, maxBytes: 9)
        }
        #expect(throws: PackagingError.metadataNotUTF8) { try CoreMetadata(parsing: bytes + [0xE9]) }
    }

    @Test(
        "of hostile shape takes linear time",
        arguments: ["a:b\n", " \n", "Summary:x\n", "\r", ":", "Keywords: ,\n"])
    func hugeInput(unit: String) {
        _ = try? parse(Self.start + String(repeating: unit, count: 500_000 / unit.utf8.count))
        _ = try? parse(Self.start + "Author: a\n" + String(repeating: " " + unit, count: 250_000))
    }
}
