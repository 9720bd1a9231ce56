import CanonicalJSON
import Testing

@Suite("JSON values")
struct JSONValueTests {
    static let allowed: [(String, JSONValue)] = [
        ("\t\r\n [ ] ", []), ("{}", [:]), ("0", 0), ("-1", -1), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("null", .null), ("true", true), ("false", false),
        (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{c}\n\r\t")), (#""\u0000\u00E9""#, "\u{0}é"),
        (#""\ud83D\uDE00""#, "😀"), (#"{"b":1,"a":{"":[]}}"#, ["a": ["": []], "b": 1]),
        ("\"\u{7f}\"", "\u{7f}"),
    ]

    @Test("what is allowed is read", arguments: allowed)
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    @Test("members come in the order of their UTF-8 bytes, however they were given")
    func order() throws {
        let keys = ["\u{1F600}", "\u{FFFF}", "z", "Z", "é", "", "zz", "e\u{301}"]
        let sorted = ["", "Z", "e\u{301}", "z", "zz", "é", "\u{FFFF}", "\u{1F600}"]
        var subscripted = JSONObject()
        for key in keys { subscripted[key] = .string(key) }
        let text = "{" + keys.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}"

        for object in [
            JSONObject(keys.map { ($0, .string($0)) }), subscripted,
            try #require(try JSONValue(parsing: Array(text.utf8)).object),
        ] {
            #expect(object.members.map { Array($0.key.utf8) } == sorted.map { Array($0.utf8) })
            for key in keys { #expect(object[key] == .string(key)) }
        }
    }

    @Test(
        "canonically equivalent texts are different keys and different values",
        arguments: [
            ("\u{e9}", "e\u{301}"), ("K", "\u{212A}"), ("a\u{300}\u{323}", "a\u{323}\u{300}"),
        ])
    func equivalence(left: String, right: String) {
        #expect(left == right)  // as Swift sees it
        #expect(JSONValue.string(left) != JSONValue.string(right))
        var object: JSONObject = [:]
        object[left] = 1
        #expect(object[right] == nil)
        object[right] = 2
        #expect(object.count == 2)
        #expect(object.removing([left]).members.map(\.value) == [2])
    }

    @Test("of two members with one key the later is kept")
    func laterWins() {
        #expect(JSONObject([("b", 1), ("a", 2), ("b", 3)]) == ["a": 2, "b": 3])
        #expect((["a": 1, "b": 2] as JSONObject).merging(["b": 3]) == ["a": 1, "b": 3])
    }

    @Test("assigning and removing members keeps the others")
    func assignment() {
        var object: JSONObject = ["a": 1, "c": 3]
        object["b"] = 2
        object["a"] = nil
        object["x"] = nil
        #expect(object == ["b": 2, "c": 3])
    }

    @Test(
        "any value reads back from its text, and equal values have equal canonical bytes", arguments: 0..<200)
    func roundTrip(seed: Int) throws {
        var source = SeededSource(state: UInt64(seed))
        let value = JSONValue.random(depth: 4, from: &source)
        let read = try JSONValue(parsing: value.jsonBytes())

        #expect(read == value)
        #expect(read.hashValue == value.hashValue)
        #expect(read.canonicalBytes() == value.canonicalBytes())
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededSource: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension JSONValue {
    static func random(depth: Int, from source: inout SeededSource) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &source) {
        case 0: return .null
        case 1: return .bool(.random(using: &source))
        case 2: return .integer(.random(in: .min ... .max, using: &source))
        case 3: return .string(randomText(from: &source))
        case 4:
            return .array(
                (0..<Int.random(in: 0..<5, using: &source)).map { _ in
                    .random(depth: depth - 1, from: &source)
                })
        default:
            let count = Int.random(in: 0..<6, using: &source)
            return .object(
                JSONObject(
                    (0..<count).map { _ in
                        (randomText(from: &source), .random(depth: depth - 1, from: &source))
                    }))
        }
    }

    private static func randomText(from source: inout SeededSource) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<8, using: &source) {
            let limit: UInt32 = Bool.random(using: &source) ? 0x80 : 0x11_0000
            text.append(Unicode.Scalar(UInt32.random(in: 0..<limit, using: &source)) ?? "\u{FFFD}")
        }
        return String(text)
    }
}
