import Installing
import Packaging
import Testing

@Suite("Patterns of project names")
struct NamePatternTests {
    @Test(
        "an asterisk stands for any characters, everything else for itself",
        arguments: [
            ("acme", "acme", true), ("acme", "acme-x", false), ("acme", "xacme", false),
            ("acme-*", "acme-x", true), ("acme-*", "acme", false), ("acme-*", "acmex", false),
            ("*-acme", "x-acme", true), ("*-acme", "x-acme-y", false), ("*", "x", true), ("**", "x", true),
            ("a*b*c", "abc", true), ("a*b*c", "a-bb-c", true), ("a*b*c", "acb", false),
            ("a*c", "abcd", false),
            ("a*a", "a", false), ("ab*ba", "aba", false), ("a*b*b", "ab", false), ("a*bc*bc", "abcbc", true),
            ("ACME_*", "acme-x", true), ("acme.*", "Acme_X", true), ("acme", "A.C", false),
        ])
    func matches(pattern: String, name: String, isMatch: Bool) throws {
        let (pattern, project) = (try #require(NamePattern(pattern)), try ProjectName(name))
        #expect(pattern.matches(project) == isMatch)
    }

    @Test("keeps its text as written, and takes up to 200 characters")
    func text() throws {
        #expect(try #require(NamePattern("Acme_*")).text == "Acme_*")
        #expect(NamePattern(String(repeating: "a", count: 200)) != nil)
        #expect(NamePattern(String(repeating: "a", count: 201)) == nil)
    }

    @Test("nothing else is one", arguments: ["", "a b", "a/b", "a?", "é", "a\n", "[a]", "a\u{0}"])
    func malformed(text: String) {
        #expect(NamePattern(text) == nil)
    }
}
