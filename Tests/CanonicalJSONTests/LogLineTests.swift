import CanonicalJSON
import Testing

@Suite("JSON lines of a log")
struct LogLineTests {
    @Test(
        "are one line of printable ASCII that reads back as it was",
        arguments: [
            "", "plain", "a\nb\r\nc", "\u{0}\u{1F}\u{7F}", "\u{9B}31m", "\u{2028}\u{2029}\u{85}", "é€😀",
            #""\"#, "\u{FFFD}\u{10FFFF}", "\",\"level\":\"forged\"}\n{\"level\":\"",
        ])
    func readBack(text: String) throws {
        let object: JSONObject = ["message": .string(text), "\u{9B}\n": 1, "inner": ["a": [.string(text)]]]
        let line = object.lineBytes()
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(line.dropLast().allSatisfy { (0x20..<0x7F).contains($0) })
        #expect(try JSONValue(parsing: Array(line.dropLast())) == .object(object))
    }

    @Test("hold whatever random text there is")
    func random() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            try readBack(text: String(decoding: bytes, as: UTF8.self))
        }
    }
}
