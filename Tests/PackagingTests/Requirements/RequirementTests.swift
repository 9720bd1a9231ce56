import Testing

@testable import Packaging

@Suite("Requirements (PEP 508)")
struct RequirementTests {
    @Test("are valid and spelled as in packaging")
    func agreesWithPackaging() throws {
        for vector in try PackagingVectors.load("requirements", as: [PackagingVectors.Expression].self) {
            #expect(
                (try? Requirement(vector.text))?.description == vector.normal, "\(PythonText.repr(vector.text))")
        }
    }

    @Test(
        "are equal however they are written",
        arguments: [
            ("Foo.Bar [B, a_b] (>=1.0,<2) ; os.name == 'nt'", #"foo-bar[a-b,b]<2.0,>=1; (os_name=="nt")"#),
            ("a;extra=='X_y'", #"a ; extra == "x.y""#),
            ("a @ https://x/y", "A@https://x/y"),
        ])
    func equal(left: String, right: String) throws {
        #expect(try Requirement(left) == Requirement(right))
    }

    @Test(
        "that mean different things are different",
        arguments: [
            ("a", "b"), ("a", "a[x]"), ("a>=1", "a>1"), ("a; os_name=='x'", "a"), ("a @ u", "a"),
            ("a; os_name=='x' and (os_name=='y' or os_name=='z')", "a; os_name=='x' and os_name=='y' or os_name=='z'"),
        ])
    func different(left: String, right: String) throws {
        #expect(try Requirement(left) != Requirement(right))
    }

    @Test(
        "say what was expected",
        arguments: [
            ("", RequirementFault.name), ("a @ ", .url), ("a b", .semicolon), ("a[b", .closingBracket),
            ("a[b,]", .extraName), ("a[b c]", .extraComma), ("a(>=1", .closingParenthesis), ("a===1,x", .specifier),
            ("a;", .markerOperand), ("a;os_name", .markerOperator), ("a;os_name=='\\'", .markerString),
            ("a;os_name=='x' y", .end),
        ])
    func refusal(text: String, fault: RequirementFault) {
        #expect(throws: PackagingError.invalidRequirement(text, fault)) { try Requirement(text) }
    }

    @Test("of any length take linear time", arguments: ["a", "-", "[", "b,", ">=1,", " ", "é", "===,"])
    func hugeInput(unit: String) {
        let repeated = String(repeating: unit, count: 300_000 / unit.utf8.count)
        _ = try? Requirement("a" + repeated)
        _ = try? Requirement("a[" + repeated)
        _ = try? Requirement("a;os_name=='" + repeated + "'")
    }
}

@Suite("Markers (PEP 508)")
struct MarkerTests {
    @Test("are valid and spelled as in packaging")
    func agreesWithPackaging() throws {
        for vector in try PackagingVectors.load("markers", as: [PackagingVectors.Expression].self) {
            #expect((try? Marker(vector.text))?.description == vector.normal, "\(PythonText.repr(vector.text))")
        }
    }

    @Test("keep parentheses that group, even doubled, where packaging drops them")
    func doubledParentheses() throws {
        let text = "os_name=='x' and ((os_name=='y' or os_name=='z'))"

        #expect(
            try Marker(text).description == #"os_name == "x" and (os_name == "y" or os_name == "z")"#)
    }

    @Test("nest as deep as the limit and no deeper")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "os_name=='x'" + String(repeating: ")", count: depth)
        }

        #expect(try Marker(nested(100)).description == #"os_name == "x""#)
        for depth in [101, 10_000, 500_000] {
            #expect(throws: PackagingError.invalidMarker(nested(depth), .markerDepth)) {
                try Marker(nested(depth))
            }
        }
    }

    @Test("of any length take linear time")
    func hugeInput() throws {
        let term = "os_name == 'x'"
        let many = Array(repeating: term, count: 20_000).joined(separator: " and ")

        #expect(try Marker(many).others.count == 19_999)
    }
}
