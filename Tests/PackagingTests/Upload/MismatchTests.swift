import Testing

@testable import Packaging

@Suite("Upload form against the file's metadata")
struct MismatchTests {
    private func compare(
        form changes: [(String, String?)], file: String, metadataVersion: String = "2.4",
        name: String = "Foo.Bar", version: String = "1.0", isSdist: Bool = false
    ) throws -> [String] {
        let type: [(String, String?)] = isSdist ? [("filetype", "sdist"), ("pyversion", nil)] : []
        let form = try UploadForm(fields: UploadFormTests.fields(changes + type))
        let text = "Metadata-Version: \(metadataVersion)\nName: \(name)\nVersion: \(version)\n\(file)"
        return mismatches(form: form, metadata: try CoreMetadata(parsing: Array(text.utf8)))
    }

    @Test("agrees however requirements, names and versions are spelled and ordered")
    func spelling() throws {
        let found = try compare(
            form: [
                ("requires_dist", "Zope.Interface (>=1.0,<2)"),
                ("requires_dist", #"b[Y,x]; extra == "dev_tools""#),
                ("requires_python", ">=3.9, <4"), ("provides_extra", "dev_tools"),
                ("summary", "One two  three"),
            ],
            file: """
                Requires-Dist: b [x,y] ; extra == 'dev-tools'
                Requires-Dist: zope-interface<2.0,>=1
                Requires-Python: <4.0,>=3.9
                Provides-Extra: Dev-Tools
                Summary: One
                 two three
                """, name: "foo-bar", version: "1.0.0")

        #expect(found == [])
    }

    @Test("agrees on what the form leaves out or sends empty, and on markers spelled otherwise")
    func omissions() throws {
        let file = """
            Requires-Dist: a; python_version >= '3.9' and python_version < '4'
            Requires-Python: >=3
            Provides-Extra: x
            Summary: s
            """

        #expect(try compare(form: [("requires_python", ""), ("summary", "")], file: file) == [])
        #expect(try compare(form: [("requires_dist", "a; python_version >= '3.9'")], file: file) == [])
    }

    @Test(
        "disagrees on what installers rely on",
        arguments: [
            (
                [("name", "other")], "",
                ["name: the form says 'other', the file's metadata says 'Foo.Bar'."]
            ),
            ([("version", "2")], "", ["version: the form says '2', the file's metadata says '1.0'."]),
            (
                [("requires_dist", "a>=2")], "Requires-Dist: A>=1\nRequires-Dist: b",
                ["requires-dist: the form says ['a>=2'], the file's metadata says ['a>=1', 'b']."]
            ),
            (
                [("requires_dist", "a")], "",
                ["requires-dist: the form says ['a'], the file's metadata says []."]
            ),
            (
                [("requires_python", ">3")], "Requires-Python: >=3",
                ["requires-python: the form says '>3', the file's metadata says '>=3'."]
            ),
            (
                [("provides_extra", "x")], "Provides-Extra: Y",
                ["provides-extra: the form says ['x'], the file's metadata says ['y']."]
            ),
            ([("summary", "a")], "Summary: b", ["summary: the form says 'a', the file's metadata says 'b'."]),
        ] as [([(String, String?)], String, [String])])
    func disagreement(changes: [(String, String?)], file: String, sentences: [String]) throws {
        #expect(try compare(form: changes, file: file) == sentences)
    }

    @Test("compares only name and version with source distributions whose metadata is not binding")
    func sdists() throws {
        let form: [(String, String?)] = [
            ("requires_dist", "a"), ("requires_python", ">=3"), ("summary", "s"),
        ]

        #expect(try compare(form: form, file: "", metadataVersion: "1.1", isSdist: true) == [])
        #expect(
            try compare(
                form: form, file: "Dynamic: Requires-Dist\nDynamic: requires-python\nSummary: s",
                metadataVersion: "2.2", isSdist: true) == [])
        #expect(try compare(form: form, file: "", metadataVersion: "2.2", isSdist: true).count == 3)
        #expect(
            try compare(form: form, file: "", version: "2", isSdist: true).first?.hasPrefix("version:")
                == true)
    }

    @Test("is refused with a sentence for each field")
    func refusal() throws {
        let form = try UploadForm(fields: UploadFormTests.fields())
        let metadata = try CoreMetadata(parsing: Array("Metadata-Version: 2.1\nName: x\nVersion: 2".utf8))

        #expect(
            UploadRefusal(form: form, metadata: metadata)
                == UploadRefusal(
                    status: 400,
                    message: "The upload form does not match the metadata in the file. "
                        + "name: the form says 'Foo.Bar', the file's metadata says 'x'. "
                        + "version: the form says '1.0', the file's metadata says '2'."))
        #expect(UploadRefusal(form: form, metadata: form.metadata) == nil)
    }
}
