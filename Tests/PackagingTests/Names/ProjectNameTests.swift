import Testing

@testable import Packaging

@Suite("Project names")
struct ProjectNameTests {
    @Test("are valid and normalise as in packaging")
    func agreesWithPackaging() throws {
        for vector in try PackagingVectors.load("names", as: [PackagingVectors.Name].self) {
            #expect((try? ProjectName(vector.text))?.normalized == vector.normalized, "\(vector.text)")
        }
    }

    @Test("that look alike have one ultranormalised form", arguments: [["Il0", "11o", "l.1-O", "i_L_0"]])
    func ultranormalizes(names: [String]) throws {
        #expect(try Set(names.map { try ProjectName($0).ultranormalized }) == ["110"])
    }

    @Test("are equal if they normalise to the same, and keep their spelling")
    func equality() throws {
        let (left, right) = (try ProjectName("Foo.Bar"), try ProjectName("foo__bar"))

        #expect(left == right)
        #expect(Set([left, right]).count == 1)
        #expect(left.display == "Foo.Bar")
        #expect(right.filenameComponent == "foo_bar")
    }

    @Test("say what was refused")
    func refusal() {
        #expect(throws: PackagingError.invalidName("a\n")) { try ProjectName("a\n") }
        #expect(PackagingError.invalidName("a\n").description == #"name is invalid: 'a\n'"#)
    }

    @Test(
        "are quoted as Python quotes text",
        arguments: [
            ("plain", "'plain'"), ("it's", #""it's""#), (#"'""#, #"'\'"'"#), ("\\\t\r\n", #"'\\\t\r\n'"#),
            ("\u{0}\u{7F}", #"'\x00\x7f'"#), ("é", "'é'"), ("\u{200B}", #"'\u200b'"#), ("\u{A0}", #"'\xa0'"#),
            ("😀", "'😀'"), ("\u{E0001}", #"'\U000e0001'"#), ("", "''"), ("e\u{301}", "'e\u{301}'"),
        ])
    func repr(text: String, expected: String) {
        #expect(PythonText.repr(text) == expected)
    }
}
