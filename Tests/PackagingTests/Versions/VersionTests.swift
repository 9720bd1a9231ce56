import Testing

@testable import Packaging

@Suite("Versions (PEP 440)")
struct VersionTests {
    @Test("are valid and spelled as in packaging")
    func agreesWithPackaging() throws {
        for vector in try PackagingVectors.load("versions", as: PackagingVectors.Versions.self).cases {
            let version = try? Version(vector.text)
            #expect(version?.description == vector.normal, "\(PythonText.repr(vector.text))")
            #expect(version?.canonical == vector.canonical)
            #expect(version?.isPrerelease == vector.pre)
            #expect(version?.isPostrelease == vector.post)
            #expect(version?.isDevrelease == vector.dev)
            #expect(version?.local == vector.local)
        }
    }

    @Test("are ordered as in packaging")
    func order() throws {
        let groups = try PackagingVectors.load("versions", as: PackagingVectors.Versions.self).order
            .map { try $0.map { try Version($0) } }
        for group in groups {
            #expect(Set(group).count == 1, "\(group)")
            #expect(Set(group.map(\.canonical)).count == 1)
        }
        let versions = groups.compactMap(\.first)
        for (index, version) in versions.enumerated() {
            // Neighbours and a sample of the distant ones: all pairs would take minutes.
            for other in versions[(index + 1)...].prefix(3) + versions[(index + 1)...].suffix(5) {
                #expect(version < other)
                #expect(!(other < version))
                #expect(version != other)
            }
        }
    }

    @Test("of any length take linear time", arguments: ["1", ".1", "a1", "1+1.", "x", "!", " ", "-", "1."])
    func hugeInput(unit: String) {
        let text = "1." + String(repeating: unit, count: 1_000_000 / unit.utf8.count)
        _ = try? Version(text)
    }

    @Test("hold numbers that fit no machine word")
    func hugeNumbers() throws {
        let digits = String(repeating: "9", count: 100_000)
        let version = try Version("00\(digits)!1.\(digits)")

        #expect(version.description == "\(digits)!1.\(digits)")
        #expect(try version < Version("1\(digits)!0"))
        #expect(try Version("18446744073709551615") < Version("18446744073709551616"))
        #expect(try Version("9999999999999999999") < Version("10000000000000000000"))
    }

    @Test("say what was refused")
    func refusal() {
        #expect(throws: PackagingError.invalidVersion("1.0 final")) { try Version("1.0 final") }
    }
}
