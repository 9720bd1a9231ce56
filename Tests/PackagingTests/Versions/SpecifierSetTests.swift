import Testing

@testable import Packaging

@Suite("Version specifiers")
struct SpecifierSetTests {
    @Test("are valid, spelled and satisfied as in packaging")
    func agreesWithPackaging() throws {
        for vector in try PackagingVectors.load("specifiers", as: [PackagingVectors.Specifiers].self) {
            let specifiers = try? SpecifierSet(vector.text)
            #expect(specifiers?.description == vector.normal, "\(PythonText.repr(vector.text))")
            for (text, expected) in vector.contains ?? [:] {
                let version = try Version(text)
                #expect(specifiers?.contains(version) == expected[0], "\(text) in \(vector.text)")
                #expect(
                    specifiers?.contains(version, acceptsPrereleases: false) == expected[1],
                    "\(text) in \(vector.text) without pre-releases")
            }
        }
    }

    @Test(
        "are equal whatever their order, whitespace and trailing zeros",
        arguments: [(">=3.8,<4", "< 4.0 , >=3.8.0"), ("", ","), ("==1.0,==1", "==1.0.0"), ("~=1.0", "~= v1.0")])
    func equal(left: String, right: String) throws {
        #expect(try SpecifierSet(left) == SpecifierSet(right))
    }

    @Test(
        "that mean different things are different",
        arguments: [("~=1.0", "~=1.0.0"), ("==1.*", "==1.0.*"), (">=1", ">1"), ("===1", "===1.0")])
    func different(left: String, right: String) throws {
        #expect(try SpecifierSet(left) != SpecifierSet(right))
    }

    @Test("accept a v before the version of every operator")
    func prefixed() throws {
        #expect(try SpecifierSet("~=v1.2").contains(Version("1.5")))
    }

    @Test("of any length take linear time", arguments: [">=1,", "===", "= ", "==1.*,", ">=1.0 "])
    func hugeInput(unit: String) {
        _ = try? SpecifierSet(String(repeating: unit, count: 300_000 / unit.utf8.count))
    }

    @Test("say which clause was refused")
    func refusal() {
        #expect(throws: PackagingError.invalidSpecifier("~=1")) { try SpecifierSet(">=1, ~=1") }
    }
}
