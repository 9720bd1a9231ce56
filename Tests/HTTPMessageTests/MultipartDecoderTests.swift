import HTTPMessage
import Testing

private struct ReadPart: Equatable {
    let name: String
    let filename: String?
    let contentType: String?
    var data: [UInt8] = []
}

/// Feeds `text` in pieces that end at `cuts`.
private func read(
    _ text: String, cuts: [Int] = [], type: String = "multipart/form-data; boundary=xyz", maxParts: Int = 10,
    maxPartHeaderBytes: Int = 256
) throws(RequestError) -> [ReadPart] {
    let bytes = Array(text.utf8)
    var decoder = try MultipartDecoder(
        contentType: type, maxParts: maxParts, maxPartHeaderBytes: maxPartHeaderBytes)
    var parts: [ReadPart] = []
    var isOpen = false
    var start = 0
    for end in cuts + [bytes.count] {
        for event in try decoder.feed(Array(bytes[start..<end])) {
            switch event {
            case .partBegin(let part):
                #expect(!isOpen)
                isOpen = true
                parts.append(
                    ReadPart(name: part.name, filename: part.filename, contentType: part.contentType))
            case .data(let data): parts[parts.count - 1].data += data
            case .partEnd: isOpen = false
            case .end: #expect(!isOpen)
            }
        }
        start = end
    }
    try decoder.finish()
    return parts
}

@Suite("Reading multipart forms (RFC 7578)")
struct MultipartDecoderTests {
    private let good = """
        preamble\r
        --xyz\r
        Content-Disposition: form-data; name="a"\r
        \r
        1\r
        --xyz  \r
        content-disposition: form-data; name="empty"\r
        \r
        \r
        --xyz\r
        Content-Disposition: form-data; name="content"; filename="a \\"b\\";.whl"\r
        Content-Type: application/octet-stream\r
        \r
        \r
        --xy\r\r
        -\r
        --xyz--\r
        epilogue
        """

    @Test("reads names, filenames and data wherever the bytes are split")
    func splits() throws {
        let expected = [
            ReadPart(name: "a", filename: nil, contentType: nil, data: Array("1".utf8)),
            ReadPart(name: "empty", filename: nil, contentType: nil),
            ReadPart(
                name: "content", filename: "a \"b\";.whl", contentType: "application/octet-stream",
                data: Array("\r\n--xy\r\r\n-".utf8)),
        ]
        #expect(try read(good) == expected)
        for cut in 0...good.utf8.count { #expect(try read(good, cuts: [cut]) == expected) }
        #expect(try read(good, cuts: Array(0...good.utf8.count)) == expected)
    }

    @Test("needs no preamble, and takes a quoted boundary")
    func minimal() throws {
        let text = "--a b\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n--a b--"
        #expect(
            try read(text, type: "Multipart/Form-Data; charset=utf-8; boundary=\"a b\"")
                == [ReadPart(name: "x", filename: nil, contentType: nil, data: Array("y".utf8))])
    }

    @Test("decodes extended parameters")
    func extended() throws {
        let text =
            "--xyz\r\nContent-Disposition: form-data; name=f; filename*=utf-8''%C3%A9.whl\r\n\r\n\r\n--xyz--"
        #expect(try read(text).first?.filename == "é.whl")
    }

    @Test(
        "refuses what is not a form",
        arguments: [
            ("--xyz\r\n\r\nno name\r\n--xyz--", RequestError.malformedMultipart),
            ("--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--xyz--", .malformedMultipart),
            (
                "--xyz\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n\r\n--xyz--",
                .malformedMultipart
            ),
            ("--xyz\r\nContent Disposition: x\r\n\r\n\r\n--xyz--", .malformedMultipart),
            ("--xyz\r\nContent-Disposition: form-data; name=a\n\r\n\r\n--xyz--", .malformedMultipart),
            ("--xyzzy\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--xyz--", .malformedMultipart),
            ("--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nabc", .truncatedMultipart),
            ("--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n--xyz-", .truncatedMultipart),
            ("no boundary", .truncatedMultipart),
            ("", .truncatedMultipart),
            (
                "--xyz\r\nContent-Disposition: form-data; name=\(String(repeating: "a", count: 300))\r\n\r\n",
                .partHeaderTooLarge(limit: 256)
            ),
            ("--xyz\r\nX: \(String(repeating: "a", count: 300))", .partHeaderTooLarge(limit: 256)),
        ])
    func refuses(text: String, error: RequestError) {
        #expect(throws: error) { try read(text) }
        for cut in 0...text.utf8.count { #expect(throws: error) { try read(text, cuts: [cut]) } }
    }

    @Test("refuses more parts than the limit")
    func tooManyParts() {
        let part = "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"
        #expect(throws: RequestError.tooManyParts(limit: 3)) {
            try read(String(repeating: part, count: 4) + "--xyz--", maxParts: 3)
        }
    }

    @Test(
        "refuses a content type without a usable boundary",
        arguments: [
            nil, "", "multipart/form-data", "multipart/mixed; boundary=a", "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\(String(repeating: "a", count: 71))",
        ])
    func boundary(type: String?) {
        #expect(throws: RequestError.malformedMultipart) { try MultipartDecoder(contentType: type) }
    }
}
