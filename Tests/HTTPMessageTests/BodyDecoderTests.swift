import HTTPMessage
import Testing

/// A body, how many bytes it took, and whether it ended.
private enum DecodedBody: Equatable {
    case body(String, consumed: Int)
    case incomplete(String)
    case refused(RequestError)

    init(_ text: String, _ framing: BodyFraming = .chunked, limit: Int = 1 << 20, cuts: [Int] = []) {
        let bytes = Array(text.utf8)
        var body: [UInt8] = []
        var start = 0
        do throws(RequestError) {
            var decoder = try BodyDecoder(framing, limit: limit)
            for end in cuts + [bytes.count] {
                while start < end {
                    let piece = Array(bytes[start..<end])
                    let result = try decoder.decode(piece.span)
                    body += piece[result.data]
                    start += result.consumed
                    if result.isLast {
                        self = .body(String(decoding: body, as: UTF8.self), consumed: start)
                        return
                    }
                }
            }
            self = .incomplete(String(decoding: body, as: UTF8.self))
        } catch {
            self = .refused(error)
        }
    }
}

private let chunkedBodies: [(String, String)] = [
    ("0\r\n\r\n", ""),
    ("5\r\nhello\r\n0\r\n\r\nGET", "hello"),
    ("5\r\nhel\r\n\r\n1\r\n!\r\n00\r\n\r\n", "hel\r\n!"),
    ("A;name=value\r\n0123456789\r\n0;x\r\nTrailer: 1\r\nOther:2\r\n\r\n", "0123456789"),
    ("00000000a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
]

private let refusedBodies: [(String, RequestError)] = [
    ("\r\n", .malformedChunk),
    ("g\r\n", .malformedChunk),
    ("-1\r\n", .malformedChunk),
    ("0x5\r\n", .malformedChunk),
    ("5 \r\nhello", .malformedChunk),
    (" 5\r\nhello", .malformedChunk),
    ("5\nhello", .malformedChunk),
    ("5;a\nhello", .malformedChunk),
    ("5;a=\u{0}\r\nhello", .malformedChunk),
    ("5\rhello", .malformedChunk),
    ("5\r\nhelloX\r\n", .malformedChunk),
    ("5\r\nhello\rX", .malformedChunk),
    ("FFFFFFFFFFFFFFFF\r\n", .malformedChunk),
    ("0000000000000005\r\nhello", .malformedChunk),
    ("0\r\n\n", .malformedChunk),
    ("0\r\nX : y\r\n\r\n", .malformedChunk),
    ("0\r\n X: y\r\n\r\n", .malformedChunk),
    ("0\r\nX: \u{0}\r\n\r\n", .malformedChunk),
    ("7FFFFFFFFFFFFFF\r\n\(String(repeating: "a", count: 200))", .bodyTooLarge(limit: 100)),
    ("1;\(String(repeating: "e", count: 17 << 10))\r\na", .chunkOverheadTooLarge(limit: 16 << 10)),
    ("0\r\nX: \(String(repeating: "e", count: 9 << 10))\r\n\r\n", .trailersTooLarge(limit: 8 << 10)),
]

@Suite("Reading request bodies (RFC 9112 §6, §7)")
struct BodyDecoderTests {
    @Test("reads chunked bodies wherever they are split", arguments: chunkedBodies)
    func chunked(text: String, expected: String) {
        let whole = DecodedBody(text)
        guard case .body(let body, let consumed) = whole else {
            Issue.record("\(whole)")
            return
        }
        #expect(body == expected)
        #expect(text.hasSuffix("GET") == (consumed < text.utf8.count))
        for cut in 0...text.utf8.count { #expect(DecodedBody(text, cuts: [cut]) == whole) }
        #expect(DecodedBody(text, cuts: Array(0...text.utf8.count)) == whole)
    }

    @Test("refuses malformed and oversized chunking wherever it is split", arguments: refusedBodies)
    func refused(text: String, error: RequestError) {
        #expect(DecodedBody(text, limit: 100) == .refused(error))
        for cut in stride(from: 0, through: text.utf8.count, by: text.utf8.count > 1000 ? 997 : 1) {
            #expect(DecodedBody(text, limit: 100, cuts: [cut]) == .refused(error))
        }
    }

    @Test("refuses a small body that came with extensions on every byte")
    func extensionFlood() {
        let flood = String(repeating: "1;\(String(repeating: "e", count: 999))\r\na\r\n", count: 17)
        #expect(DecodedBody(flood) == .refused(.chunkOverheadTooLarge(limit: 16 << 10)))
    }

    @Test("counts every chunk against the limit")
    func chunkedLimit() {
        #expect(DecodedBody("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", limit: 6) == .body("abcdef", consumed: 21))
        #expect(
            DecodedBody("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", limit: 5) == .refused(.bodyTooLarge(limit: 5)))
    }

    @Test("takes exactly the declared length")
    func length() {
        #expect(DecodedBody("hello!", .length(5)) == .body("hello", consumed: 5))
        #expect(DecodedBody("hell", .length(5)) == .incomplete("hell"))
        #expect(DecodedBody("hello", .length(5), limit: 4) == .refused(.bodyTooLarge(limit: 4)))
        #expect(DecodedBody("x", .length(.max), limit: 4) == .refused(.bodyTooLarge(limit: 4)))
    }
}
