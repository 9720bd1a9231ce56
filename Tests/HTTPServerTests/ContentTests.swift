import Foundation
import HTTPMessage
import HTTPServer
import Testing

@Suite("Files and cached content")
struct ContentTests {
    /// Serves one file, of the size that is given or it has.
    private func serve(
        _ file: TemporaryFile, size: Int, requests: [String]
    ) async throws -> [RawClient.Answer] {
        let handler = TestHandler { request in
            fileResponse(
                request.head, descriptor: file.open(), size: size, etag: EntityTag("v1"),
                headers: ["Content-Type": "application/zip"], lastModified: 784_111_777)
        }
        return try await withServer(handler) { port in
            let client = try RawClient(port: port)
            return try requests.map { request in
                try client.send(request)
                return try client.answer(toHead: request.hasPrefix("HEAD"))
            }
        }
    }

    private func get(_ fields: String = "") -> String { "GET /f HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }

    @Test("a large file arrives intact, twice over one connection")
    func largeFile() async throws {
        let bytes = TemporaryFile.pattern(20 << 20)
        let answers = try await serve(TemporaryFile(bytes), size: bytes.count, requests: [get(), get()])
        for answer in answers {
            #expect(answer.code == 200)
            #expect(answer.body == bytes)
            #expect(answer.headers["accept-ranges"] == "bytes")
            #expect(answer.headers["last-modified"] == "Sun, 06 Nov 1994 08:49:37 GMT")
        }
    }

    @Test(
        "answers ranges and conditions",
        arguments: [
            ("Range: bytes=10-19\r\n", 206, "bytes 10-19/1000", 10..<20),
            ("Range: bytes=-5\r\n", 206, "bytes 995-999/1000", 995..<1000),
            ("Range: bytes=990-\r\n", 206, "bytes 990-999/1000", 990..<1000),
            ("Range: bytes=10-19\r\nIf-Range: \"v1\"\r\n", 206, "bytes 10-19/1000", 10..<20),
            ("Range: bytes=10-19\r\nIf-Range: \"v2\"\r\n", 200, nil, 0..<1000),
            ("Range: bytes=0-1,5-6\r\n", 200, nil, 0..<1000),
            ("If-None-Match: \"v2\"\r\n", 200, nil, 0..<1000),
            ("If-None-Match: \"v1\"\r\nRange: bytes=0-1\r\n", 304, nil, 0..<0),
            ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 304, nil, 0..<0),
        ] as [(String, Int, String?, Range<Int>)])
    func ranges(fields: String, code: Int, contentRange: String?, expected: Range<Int>) async throws {
        let bytes = TemporaryFile.pattern(1000)
        let answer = try await serve(TemporaryFile(bytes), size: 1000, requests: [get(fields)])[0]
        #expect(answer.code == code)
        #expect(answer.headers["content-range"] == contentRange)
        #expect(answer.headers["etag"] == "\"v1\"")
        #expect(answer.body == Array(bytes[expected]))
    }

    @Test("a range past the end is refused with the size; the connection goes on")
    func unsatisfiable() async throws {
        let bytes = TemporaryFile.pattern(1000)
        let answers = try await serve(
            TemporaryFile(bytes), size: 1000,
            requests: [
                get("Range: bytes=1000-\r\n"), "HEAD /f HTTP/1.1\r\nHost: a\r\n\r\n",
                get("Range: bytes=0-0\r\n"),
            ])
        #expect(answers.map(\.code) == [416, 200, 206])
        #expect(answers[0].headers["content-range"] == "bytes */1000")
        #expect(answers[1].headers["content-length"] == "1000")
        #expect(answers[2].body == [bytes[0]])
    }

    @Test("a file that has become shorter ends the connection instead of the promise")
    func truncatedFile() async throws {
        let file = TemporaryFile(TemporaryFile.pattern(1000))
        await #expect(throws: RawClient.Failure.self) {
            _ = try await serve(file, size: 2000, requests: [get()])
        }
    }

    private func respond(_ content: CachedContent, _ headers: Headers = [:]) throws -> Response {
        content.response(to: try RequestHead(.get, "/", headers: headers))
    }

    @Test("cached content has a gzip variant that unpacks to the same bytes")
    func gzip() async throws {
        let bytes = Array(String(repeating: "<a href=\"x\">x</a>\n", count: 500).utf8)
        let content = CachedContent(
            bytes: bytes, contentType: "text/html", etag: EntityTag("v1"),
            extraHeaders: ["Vary": "Accept", "Cache-Control": "max-age=600"], gzip: .precompressed)
        let plain = try respond(content)
        let packed = try respond(content, ["Accept-Encoding": "gzip, deflate"])
        #expect(plain.headers["ETag"] == "\"v1\"")
        #expect(packed.headers["ETag"] == "\"v1-gzip\"")
        #expect(packed.headers["Content-Encoding"] == "gzip")
        #expect([plain, packed].allSatisfy { $0.headers["Vary"] == "Accept, Accept-Encoding" })
        #expect(packed.body.count < plain.body.count)

        guard case .bytes(let packedBytes) = packed.body else {
            throw RawClient.Failure.malformed("no bytes")
        }
        let file = TemporaryFile(packedBytes)
        let unpacked = try await clients.run {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "gzip -dc < \(file.path)"]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return [UInt8](data)
        }
        #expect(unpacked == bytes)
    }

    @Test(
        "cached content answers 304 to the tag of either variant",
        arguments: [("\"v1\"", 304), ("\"v1-gzip\"", 304), ("W/\"v1\"", 304), ("\"v2\"", 200)])
    func cachedConditions(field: String, code: Int) throws {
        let content = CachedContent(
            bytes: [UInt8](repeating: 65, count: 1000), contentType: "text/plain", etag: EntityTag("v1"),
            gzip: .precompressed)
        let response = try respond(content, ["If-None-Match": field])
        #expect(response.status.code == code)
        #expect(response.headers["ETag"] == "\"v1\"")
    }

    @Test("what compression does not make smaller is served as it is")
    func incompressible() throws {
        let content = CachedContent(
            bytes: TemporaryFile.pattern(1000), contentType: "application/zip", etag: EntityTag("v1"),
            gzip: .precompressed)
        let response = try respond(content, ["Accept-Encoding": "gzip"])
        #expect(response.headers["Content-Encoding"] == nil)
        #expect(response.headers["Vary"] == nil)
    }
}
