import CanonicalJSON
import Foundation
import Testing

/// What `Vectors/generate.py` wrote: values, and the bytes securesystemslib encodes them to.
struct CanonicalVector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    /// JSON text with everything but ASCII escaped.
    let escaped: String
    /// JSON text with nothing escaped that need not be, and white space.
    let unescaped: String
    /// Hexadecimal.
    let canonical: String

    var testDescription: String { name }

    static let all: [CanonicalVector] = {
        guard
            let file = Bundle.module.url(
                forResource: "canonical", withExtension: "json", subdirectory: "Vectors"),
            let data = try? Data(contentsOf: file)
        else { return [] }
        return (try? JSONDecoder().decode([CanonicalVector].self, from: data)) ?? []
    }()
}

@Suite("Canonical bytes are securesystemslib's")
struct CanonicalVectorTests {
    @Test("there are vectors")
    func present() { #expect(CanonicalVector.all.count > 100) }

    @Test(
        "reading either spelling of a value and encoding it gives the same bytes",
        arguments: CanonicalVector.all)
    func encodes(vector: CanonicalVector) throws {
        let escaped = try JSONValue(parsing: Array(vector.escaped.utf8))
        let unescaped = try JSONValue(parsing: Array(vector.unescaped.utf8))

        #expect(hex(escaped.canonicalBytes()) == vector.canonical)
        #expect(hex(unescaped.canonicalBytes()) == vector.canonical)
        #expect(escaped == unescaped)
    }

    @Test("JSON text says the same as the value it was made from", arguments: CanonicalVector.all)
    func text(vector: CanonicalVector) throws {
        let value = try JSONValue(parsing: Array(vector.escaped.utf8))
        let text = value.jsonBytes()

        #expect(try JSONValue(parsing: text) == value)
        #expect(!text.contains { $0 < 0x20 })
    }

    @Test("JSON text is the canonical form where no control character has to be escaped")
    func textIsCanonical() {
        let value: JSONValue = ["b": [1, true, .null, "é/\"\\"], "a": [:]]

        #expect(value.jsonBytes() == value.canonicalBytes())
        #expect(String(decoding: value.jsonBytes(), as: UTF8.self) == #"{"a":{},"b":[1,true,null,"é/\"\\"]}"#)
        #expect(String(decoding: JSONValue("a\n\u{1}").jsonBytes(), as: UTF8.self) == #""a\n\u0001""#)
    }
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }.joined()
}
