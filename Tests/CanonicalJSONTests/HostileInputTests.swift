import CanonicalJSON
import Testing

struct Refusal: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let error: JSONError

    init(_ text: String, _ error: JSONError) {
        bytes = Array(text.utf8)
        self.error = error
    }

    init(bytes: [UInt8], _ error: JSONError) {
        self.bytes = bytes
        self.error = error
    }

    var testDescription: String { "\(String(decoding: bytes, as: UTF8.self).prefix(40))" }
}

@Suite("Hostile JSON is refused")
struct HostileInputTests {
    static let numbers = [
        Refusal("1.0", .notAnInteger(offset: 0)), Refusal("[1.5]", .notAnInteger(offset: 1)),
        Refusal("1e5", .notAnInteger(offset: 0)), Refusal("1E0", .notAnInteger(offset: 0)),
        Refusal("0.0", .notAnInteger(offset: 0)), Refusal("-0", .ambiguousInteger(offset: 0)),
        Refusal("-0.0", .notAnInteger(offset: 0)), Refusal("00", .ambiguousInteger(offset: 0)),
        Refusal("01", .ambiguousInteger(offset: 0)), Refusal("-01", .ambiguousInteger(offset: 0)),
        Refusal("9223372036854775808", .integerOutOfRange(offset: 0)),
        Refusal("-9223372036854775809", .integerOutOfRange(offset: 0)),
        Refusal("99999999999999999999999999", .integerOutOfRange(offset: 0)),
        Refusal("-", .unexpectedEnd(offset: 1)),
        Refusal("-a", .unexpectedByte(UInt8(ascii: "a"), offset: 1)),
        Refusal("+1", .unexpectedByte(UInt8(ascii: "+"), offset: 0)),
        Refusal(".5", .unexpectedByte(UInt8(ascii: "."), offset: 0)),
        Refusal("0x1", .trailingBytes(offset: 1)),
        Refusal("NaN", .unexpectedByte(UInt8(ascii: "N"), offset: 0)),
        Refusal("Infinity", .unexpectedByte(UInt8(ascii: "I"), offset: 0)),
        Refusal("-Infinity", .unexpectedByte(UInt8(ascii: "I"), offset: 1)),
    ]

    static let strings = [
        Refusal(#""\ud800""#, .loneSurrogate(offset: 1)), Refusal(#""\udc00""#, .loneSurrogate(offset: 1)),
        Refusal(#""\ud800\ud800""#, .loneSurrogate(offset: 1)),
        Refusal(#""\ud800x""#, .loneSurrogate(offset: 1)),
        Refusal(#""\ud800\n""#, .loneSurrogate(offset: 1)),
        Refusal(#""\udc00\ud800""#, .loneSurrogate(offset: 1)),
        Refusal(#""\x41""#, .invalidEscape(offset: 1)), Refusal(#""\u12g4""#, .invalidEscape(offset: 1)),
        Refusal(#""\u00""#, .unexpectedEnd(offset: 6)), Refusal(#""\u00"  "#, .invalidEscape(offset: 1)),
        Refusal(#""\"#, .unexpectedEnd(offset: 2)),
        Refusal(#""a"#, .unexpectedEnd(offset: 2)), Refusal("\"\n\"", .controlCharacter(0x0A, offset: 1)),
        Refusal("\"\u{0}\"", .controlCharacter(0, offset: 1)),
        Refusal("\"\\t\u{1f}\"", .controlCharacter(0x1F, offset: 3)),
        Refusal("'a'", .unexpectedByte(UInt8(ascii: "'"), offset: 0)),
        Refusal(bytes: [0x22, 0xFF, 0x22], .invalidUTF8(offset: 1)),
        Refusal(bytes: [0x22, 0xC0, 0x80, 0x22], .invalidUTF8(offset: 1)),
        Refusal(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8(offset: 1)),
        Refusal(bytes: [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8(offset: 1)),
        Refusal(bytes: [0x22, 0xE2, 0x82, 0x22], .invalidUTF8(offset: 1)),
        Refusal(bytes: [0x22, 0x5C, 0x6E, 0xFF, 0x22], .invalidUTF8(offset: 1)),
    ]

    static let structure = [
        Refusal("", .unexpectedEnd(offset: 0)), Refusal("  ", .unexpectedEnd(offset: 2)),
        Refusal(bytes: [0xEF, 0xBB, 0xBF, 0x31], .unexpectedByte(0xEF, offset: 0)),
        Refusal("1 2", .trailingBytes(offset: 2)), Refusal("{}{}", .trailingBytes(offset: 2)),
        Refusal("{}\u{0}", .trailingBytes(offset: 2)), Refusal("\u{0}{}", .unexpectedByte(0, offset: 0)),
        Refusal("[1,]", .unexpectedByte(UInt8(ascii: "]"), offset: 3)),
        Refusal("[,1]", .unexpectedByte(UInt8(ascii: ","), offset: 1)),
        Refusal("[1 2]", .unexpectedByte(UInt8(ascii: "2"), offset: 3)),
        Refusal(#"{"a":1,}"#, .unexpectedByte(UInt8(ascii: "}"), offset: 7)),
        Refusal(#"{"a" 1}"#, .unexpectedByte(UInt8(ascii: "1"), offset: 5)),
        Refusal("{a:1}", .unexpectedByte(UInt8(ascii: "a"), offset: 1)),
        Refusal("{1:1}", .unexpectedByte(UInt8(ascii: "1"), offset: 1)),
        Refusal("[1}", .unexpectedByte(UInt8(ascii: "}"), offset: 2)),
        Refusal("[", .unexpectedEnd(offset: 1)),
        Refusal("{", .unexpectedEnd(offset: 1)), Refusal(#"{"a":"#, .unexpectedEnd(offset: 5)),
        Refusal("tru", .unexpectedEnd(offset: 3)),
        Refusal("trve", .unexpectedByte(UInt8(ascii: "v"), offset: 2)),
        Refusal("True", .unexpectedByte(UInt8(ascii: "T"), offset: 0)),
        Refusal("nulll", .trailingBytes(offset: 4)),
        Refusal("//\n1", .unexpectedByte(UInt8(ascii: "/"), offset: 0)),
        Refusal("1\u{c}", .trailingBytes(offset: 1)), Refusal("\u{a0}1", .unexpectedByte(0xC2, offset: 0)),
    ]

    static let duplicates = [
        Refusal(#"{"a":1,"a":1}"#, .duplicateKey("a", offset: 0)),
        Refusal(#"{"b":1,"a":2,"b":3}"#, .duplicateKey("b", offset: 0)),
        Refusal(#"{"a":1,"\u0061":2}"#, .duplicateKey("a", offset: 0)),
        Refusal(#"{"\u0061":1,"a":2}"#, .duplicateKey("a", offset: 0)),
        Refusal(#"[{"x":{"":0,"":0}}]"#, .duplicateKey("", offset: 6)),
        Refusal(#"{"a":1,"b":2,"c":3,"b":4}"#, .duplicateKey("b", offset: 0)),
    ]

    @Test("with the rule that was broken and where", arguments: numbers + strings + structure + duplicates)
    func refuses(refusal: Refusal) {
        #expect(throws: refusal.error) { try JSONValue(parsing: refusal.bytes) }
    }

    @Test("nesting is allowed to the limit, and not one deeper", arguments: ["[", #"{"":"#])
    func depth(opening: String) throws {
        func nested(_ depth: Int) -> [UInt8] {
            let closing = opening == "[" ? "]" : "}"
            let core = opening == "[" ? "" : "0"
            return Array(
                (String(repeating: opening, count: depth) + core + String(repeating: closing, count: depth))
                    .utf8)
        }
        _ = try JSONValue(parsing: nested(64))
        let offset = opening.utf8.count * 64
        #expect(throws: JSONError.tooDeep(limit: 64, offset: offset)) { try JSONValue(parsing: nested(65)) }
        #expect(throws: JSONError.tooDeep(limit: 64, offset: offset)) {
            try JSONValue(parsing: Array(String(repeating: opening, count: 200_000).utf8))
        }
    }

    @Test(
        "other numbers are null where that is asked for, and integers stay",
        arguments: ["1.5", "-0", "0.0", "1e3", "1E-3", "-1.5e+300", "1e999", "9223372036854775808", "-0.1"])
    func otherNumbers(number: String) throws {
        let limits = JSONLimits(otherNumbers: .readAsNull)
        let text = Array("[1,\(number),-9223372036854775808]".utf8)
        #expect(try JSONValue(parsing: text, limits: limits) == [1, JSONValue.null, .integer(.min)])
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test(
        "what is no number is none even then",
        arguments: ["-", "1.", ".5", "01", "-01", "1e", "1e+", "1.e3", "+1", "0x1", "1.5.5", "--1", "00.5"])
    func noNumber(text: String) {
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: Array("[\(text)]".utf8), limits: JSONLimits(otherNumbers: .readAsNull))
        }
    }

    @Test("a text longer than allowed is not read")
    func size() throws {
        _ = try JSONValue(parsing: Array("[10]".utf8), limits: JSONLimits(maxBytes: 4))
        #expect(throws: JSONError.tooLarge(bytes: 5, limit: 4)) {
            try JSONValue(parsing: Array("[100]".utf8), limits: JSONLimits(maxBytes: 4))
        }
    }

    @Test("no cut of a text, and no change of a byte, does anything but parse or throw")
    func survivesMutation() {
        let text = Array(#"{"a":[1,-20,"\ud83d\ude00é\n",{"b":null}],"c":true,"dd":"\u00e9"}"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<length])) }
        }
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                if let value = try? JSONValue(parsing: changed) {
                    #expect((try? JSONValue(parsing: value.jsonBytes())) == value)
                }
            }
        }
    }
}
