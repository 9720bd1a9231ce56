import HTTPMessage
import Testing

/// What a decoder makes of some bytes, in a form that compares.
enum Decoded: Equatable {
    case head(String, consumed: Int)
    case incomplete
    case refused(RequestError)

    /// Feeds `bytes` in pieces that end at `cuts`.
    init(_ bytes: [UInt8], cuts: [Int] = [], limits: RequestLimits = RequestLimits()) {
        var decoder = HeadDecoder(limits: limits)
        var start = 0
        do throws(RequestError) {
            for end in cuts + [bytes.count] {
                let piece = Array(bytes[start..<end])
                if let (head, consumed) = try decoder.decode(piece.span) {
                    let text =
                        "\(head.method) \(head.target) \(head.path) \(head.query ?? "-") \(head.version) "
                        + "\(head.framing) \(head.keepsAlive) \(head.expectsContinue) \(head.authority)\n\(head.headers)"
                    self = .head(text, consumed: start + consumed)
                    return
                }
                start = end
            }
            self = .incomplete
        } catch {
            self = .refused(error)
        }
    }
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Requests and why they are refused.
let refusedHeads: [(String, RequestError)] = [
    ("GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
    ("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
    ("\n", .bareLineFeed),
    ("\r\n\r\nGET / HTTP/1.1\r\n", .malformedRequestLine),
    ("GET\r\n", .malformedRequestLine),
    ("GET /\r\n", .malformedRequestLine),
    ("GET  / HTTP/1.1\r\n", .malformedRequestLine),
    (" GET / HTTP/1.1\r\n", .malformedRequestLine),
    ("G\u{0}T / HTTP/1.1\r\n", .malformedRequestLine),
    ("GET / HTTP/1.1 \r\n", .malformedVersion),
    ("GET / http/1.1\r\n", .malformedVersion),
    ("GET / HTTP/11\r\n", .malformedVersion),
    ("GET / HTTP/2.0\r\n", .unsupportedVersion),
    ("GET / HTTP/1.2\r\n", .unsupportedVersion),
    ("GET / HTTP/0.9\r\n", .unsupportedVersion),
    ("GET /\u{0} HTTP/1.1\r\n", .malformedTarget),
    ("GET /\u{e9} HTTP/1.1\r\n", .malformedTarget),
    ("GET /#a HTTP/1.1\r\n", .malformedTarget),
    ("GET a HTTP/1.1\r\n", .malformedTarget),
    ("GET * HTTP/1.1\r\n", .malformedTarget),
    ("GET ftp://a/ HTTP/1.1\r\n", .malformedTarget),
    ("GET http://a@b/ HTTP/1.1\r\n", .malformedTarget),
    ("CONNECT a/b:443 HTTP/1.1\r\n", .malformedTarget),
    ("\(String(repeating: "M", count: 33)) / HTTP/1.1\r\n", .methodTooLong(limit: 32)),
    ("GET / HTTP/1.1\r\n\r\n", .missingHost),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", .duplicateHost),
    ("GET / HTTP/1.0\r\nHost: a\r\nhOST: b\r\n", .duplicateHost),
    ("GET / HTTP/1.1\r\nHost: a, b\r\n", .malformedHost),
    ("GET / HTTP/1.1\r\nHost: a/b\r\n", .malformedHost),
    ("GET / HTTP/1.1\r\nHost: a b\r\n", .malformedHost),
    ("GET / HTTP/1.1\r\nHost : a\r\n", .whitespaceBeforeColon),
    ("GET / HTTP/1.1\r\nHost\t: a\r\n", .whitespaceBeforeColon),
    ("GET / HTTP/1.1\r\n Host: a\r\n", .obsoleteLineFolding),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\t2\r\n", .obsoleteLineFolding),
    ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n", .malformedField),
    ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n", .malformedField),
    ("GET / HTTP/1.1\r\nHost: a\r\nX(: x\r\n", .malformedField),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n", .malformedField),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n", .malformedField),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{7f}\r\n", .malformedField),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n", .repeatedContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n", .repeatedContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n", .malformedContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n", .malformedContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n", .malformedContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n", .malformedContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n", .malformedContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n", .malformedContentLength),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        .lengthAndTransferEncoding
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        .lengthAndTransferEncoding
    ),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,\r\n", .malformedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", .malformedTransferEncoding),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        .malformedTransferEncoding
    ),
    ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .malformedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n", .unsupportedExpectation),
]

/// Requests and what is read from them.
private let goodHeads: [(String, String)] = [
    (
        "GET /a%20b?c=d?e HTTP/1.1\r\nHost: x:80\r\nA:  b c \t\r\nE:\r\n\r\nrest",
        "GET /a%20b?c=d?e /a%20b c=d?e http11 none true false x:80\nHost: x:80\nA: b c\nE: "
    ),
    (
        "\r\nGET / HTTP/1.1\r\nhost: [::1]:8080\r\nConnection: foo, CLOSE\r\n\r\n",
        "GET / / - http11 none false false [::1]:8080\nhost: [::1]:8080\nConnection: foo, CLOSE"
    ),
    ("GET / HTTP/1.0\r\n\r\n", "GET / / - http10 none false false \n"),
    (
        "CONNECT a:443 HTTP/1.1\r\nHost: b\r\n\r\n",
        "CONNECT a:443 / - http11 none true false a:443\nHost: b"
    ),
    (
        "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
        "GET / / - http10 none true false \nConnection: Keep-Alive"
    ),
    (
        "POST /u HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 007\r\n\r\n",
        "POST /u /u - http11 length(7) true true a\nHost: a\nExpect: 100-Continue\nContent-Length: 007"
    ),
    (
        "PUT /u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , Chunked\r\n\r\n0\r\n\r\n",
        "PUT /u /u - http11 chunked true false a\nHost: a\nTransfer-Encoding: , Chunked"
    ),
    (
        "GET http://other:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://other:1/x?y /x y http11 none true false other:1\nHost: a"
    ),
    (
        "GET HTTPS://other HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET HTTPS://other / - http11 none true false other\nHost: a"
    ),
    ("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "OPTIONS * * - http11 none true false \nHost: "),
    ("X-Y!z / HTTP/1.1\r\nHost: a\r\n\r\n", "X-Y!z / / - http11 none true false a\nHost: a"),
]

@Suite("Reading request heads (RFC 9112)")
struct HeadDecoderTests {
    @Test("reads what is well formed and leaves the rest", arguments: goodHeads)
    func good(text: String, expected: String) throws {
        let end = try #require(text.range(of: "\r\n\r\n", after: 2))
        #expect(Decoded(bytes(text)) == .head(expected, consumed: end))
    }

    @Test("refuses what another parser could read differently", arguments: refusedHeads)
    func refused(text: String, error: RequestError) {
        #expect(Decoded(bytes(text)) == .refused(error))
    }

    @Test(
        "gives the same result wherever the bytes are split",
        arguments: goodHeads.map(\.0) + refusedHeads.map(\.0))
    func splits(text: String) {
        let input = bytes(text)
        let whole = Decoded(input)
        for cut in 0...input.count { #expect(Decoded(input, cuts: [cut]) == whole) }
        #expect(Decoded(input, cuts: Array(1..<max(2, input.count))) == whole)
    }

    @Test("allows exactly the limit of a request line, wherever it is split", arguments: [0, 1, 2, 40])
    func requestLineLimit(excess: Int) {
        let limits = RequestLimits(maxRequestLine: 64, maxHeadBytes: 256, maxFields: 4)
        let target = "/" + String(repeating: "a", count: 64 - "GET / HTTP/1.1".count + excess)
        let input = bytes("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        let whole = Decoded(input, limits: limits)
        if excess == 0 {
            #expect(whole != .refused(.requestLineTooLong(limit: 64)))
        } else {
            #expect(whole == .refused(.requestLineTooLong(limit: 64)))
        }
        for cut in 0...input.count { #expect(Decoded(input, cuts: [cut], limits: limits) == whole) }
    }

    @Test("allows exactly the limit of a head, wherever it is split", arguments: [0, 1, 2, 300])
    func headLimit(excess: Int) {
        let limits = RequestLimits(maxRequestLine: 64, maxHeadBytes: 256, maxFields: 4)
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let padding = String(repeating: "b", count: 256 - start.utf8.count - 4 + excess)
        let input = bytes("\(start)\(padding)\r\n\r\n")
        let whole = Decoded(input, limits: limits)
        if excess == 0 {
            #expect(whole != .refused(.headTooLarge(limit: 256)))
        } else {
            #expect(whole == .refused(.headTooLarge(limit: 256)))
        }
        for cut in 0...input.count { #expect(Decoded(input, cuts: [cut], limits: limits) == whole) }
    }

    @Test("refuses more fields than the limit")
    func fieldLimit() {
        let limits = RequestLimits(maxFields: 4)
        let fields = (1...4).map { "X\($0): y\r\n" }.joined()
        let input = bytes("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        #expect(Decoded(input, limits: limits) == .refused(.tooManyFields(limit: 4)))
    }

    @Test("reads pipelined heads one after the other")
    func pipelined() throws {
        var decoder = HeadDecoder(limits: RequestLimits())
        let input = bytes("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3")
        let first = try #require(try decoder.decode(input.span))
        let second = try #require(try decoder.decode(Array(input[first.consumed...]).span))
        let rest = Array(input[(first.consumed + second.consumed)...])
        let third = try decoder.decode(rest.span)
        #expect([first.head.target, second.head.target] == ["/1", "/2"])
        #expect(third == nil)
        #expect(!decoder.isIdle)
    }
}

extension String {
    /// The offset just after the first `text` that starts at `offset` bytes or later.
    fileprivate func range(of text: String, after offset: Int) -> Int? {
        let bytes = Array(utf8)
        let mark = Array(text.utf8)
        for start in offset..<max(offset, bytes.count - mark.count + 1)
        where Array(bytes[start..<start + mark.count]) == mark {
            return start + mark.count
        }
        return nil
    }
}
