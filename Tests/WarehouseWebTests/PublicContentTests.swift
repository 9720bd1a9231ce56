import TUF
import TestSupport
import Testing

@Suite("Public content")
struct PublicContentTests {
    @Test("a page's representation follows Accept, and HTML is what is left")
    func negotiation() async throws {
        let v1 = "application/vnd.pypi.simple.v1"
        let latest = "application/vnd.pypi.simple.latest"
        let plain = "text/html; charset=utf-8"
        let table: [(accept: String?, query: String, type: String)] = [
            (nil, "", plain), ("*/*", "", plain), ("text/html", "", plain), ("image/png", "", plain),
            ("\(v1)+json", "", "\(v1)+json"), ("\(v1)+html", "", "\(v1)+html"),
            ("\(latest)+json", "", "\(v1)+json"), ("\(latest)+html", "", "\(v1)+html"),
            ("\(v1)+json, \(v1)+html; q=0.1, text/html; q=0.01", "", "\(v1)+json"),
            ("\(v1)+json; q=0.1, text/html", "", plain), ("\(v1)+json;q=0, */*", "", plain),
            ("text/html", "?format=\(v1)%2Bjson", "\(v1)+json"),
            ("text/html", "?format=\(latest)%2Bjson", "\(v1)+json"),
            ("\(v1)+json", "?format=text/html", plain), ("\(v1)+json", "?format=nonsense", "\(v1)+json"),
        ]
        try await RunningSite.withWheel { site, wheel in
            for path in ["/simple/", "/simple/demo-pkg/"] {
                for (accept, query, type) in table {
                    let answer = try await site.client.get(path + query, accept.map { ["Accept": $0] } ?? [:])
                    #expect(answer.status == 200)
                    #expect(answer["Content-Type"] == type, "\(accept ?? "none") \(query)")
                    #expect(answer.text.hasPrefix(type.hasSuffix("json") ? "{" : "<!DOCTYPE html>"))
                }
            }
        }
    }

    @Test("a page may be kept but must be asked for each time; If-None-Match is answered with 304")
    func pageHeaders() async throws {
        try await RunningSite.withWheel { site, _ in
            for path in ["/simple/", "/simple/demo-pkg/"] {
                let answer = try await site.client.get(path)
                #expect(answer["Cache-Control"] == "no-cache")
                #expect(answer["Vary"]?.contains("Accept") == true)
                #expect(answer["X-PyPI-Last-Serial"] == "3")
                #expect(answer["Access-Control-Allow-Origin"] == "*")
                let tag = try #require(answer["ETag"])
                let again = try await site.client.get(path, ["If-None-Match": tag])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                #expect(again["ETag"] == tag)
                #expect(try await site.client.get(path, ["If-None-Match": "\"other\""]).status == 200)
                let json = ["If-None-Match": tag, "Accept": "application/vnd.pypi.simple.v1+json"]
                #expect(try await site.client.get(path, json).status == 200)
                let head = try await site.client.send("HEAD", path)
                #expect(head.status == 200)
                #expect(head.body.isEmpty)
                #expect(head["Content-Length"] == String(answer.body.count))
            }
        }
    }

    @Test("the page is the target of the snapshot, by the page's path and by the target's")
    func pageIsTarget() async throws {
        try await RunningSite.withWheel { site, _ in
            let page = try await site.client.get("/simple/demo-pkg/")
            let sha256 = Digest.sha256Hex(page.body)
            #expect(page["ETag"] == "\"\(sha256)\"")
            let target = try await site.client.get("/tuf/targets/demo-pkg/\(sha256).index.html")
            #expect(target.status == 200)
            #expect(target.body == page.body)
            #expect(target["Cache-Control"] == "public, max-age=31536000, immutable")
        }
    }

    @Test("pages and metadata go compressed to who takes it, files never do")
    func compression() async throws {
        try await RunningSite.withWheel { site, wheel in
            let gzip = ["Accept-Encoding": "gzip"]
            for path in ["/simple/demo-pkg/", "/tuf/metadata/1.root.json"] {
                let plain = try await site.client.get(path)
                let compressed = try await site.client.get(path, gzip)
                #expect(compressed["Content-Encoding"] == "gzip", "\(path)")
                #expect(compressed["Vary"]?.contains("Accept-Encoding") == true)
                #expect(compressed.body.starts(with: [0x1F, 0x8B]))
                #expect(compressed.body.count < plain.body.count)
                #expect(compressed["ETag"] != plain["ETag"])
            }
            for suffix in ["", ".metadata"] {
                let file = try await site.client.get(site.filePath(wheel) + suffix, gzip)
                #expect(file["Content-Encoding"] == nil)
                #expect(file.body == (suffix.isEmpty ? wheel.bytes : wheel.metadata))
            }
        }
    }

    @Test("a file never changes under its path, may be had in parts, and as a target")
    func files() async throws {
        try await RunningSite.withWheel { site, wheel in
            let path = try await site.filePath(wheel)
            let whole = try await site.client.get(path)
            #expect(whole.body == wheel.bytes)
            #expect(whole["Cache-Control"] == "public, max-age=31536000, immutable")
            #expect(whole["Accept-Ranges"] == "bytes")
            #expect(whole["Access-Control-Allow-Origin"] == "*")
            let part = try await site.client.get(path, ["Range": "bytes=10-19"])
            #expect(part.status == 206)
            #expect(part.body == Array(wheel.bytes[10..<20]))
            #expect(part["Content-Range"] == "bytes 10-19/\(wheel.bytes.count)")
            #expect(try await site.client.get(path, ["Range": "bytes=999999-"]).status == 416)
            let tag = try #require(whole["ETag"])
            #expect(try await site.client.get(path, ["If-None-Match": tag]).status == 304)
            let sha256 = Digest.sha256Hex(wheel.bytes)
            let target = try await site.client.get("/tuf/targets/demo-pkg/\(sha256).\(wheel.filename)")
            #expect(target.body == wheel.bytes)
        }
    }

    @Test("core metadata is beside a wheel, whose page says so, and not beside an sdist")
    func metadata() async throws {
        try await RunningSite.withWheel { site, wheel in
            let path = try await site.filePath(wheel)
            let metadata = try await site.client.get(path + ".metadata")
            #expect(metadata.body == wheel.metadata)
            let page = try await site.client.get("/simple/demo-pkg/")
            #expect(page.text.contains("sha256=\(Digest.sha256Hex(wheel.metadata))"))
        }
        let sdist = TestDistribution.sdist("demo-pkg")
        try await RunningSite.withWheel(sdist) { site, _ in
            let path = try await site.filePath(sdist)
            #expect(try await site.client.get(path).body == sdist.bytes)
            #expect(try await site.client.get(path + ".metadata").status == 404)
            #expect(try await !site.client.get("/simple/demo-pkg/").text.contains("metadata="))
        }
    }

    @Test("metadata is immutable by version, and the timestamp must be asked for each time")
    func tufMetadata() async throws {
        try await RunningSite.withWheel { site, _ in
            let root = try await site.client.get("/tuf/metadata/1.root.json")
            #expect(root.body == site.index.ceremony.root)
            #expect(root["Content-Type"] == "application/json")
            #expect(root["Cache-Control"] == "public, max-age=31536000, immutable")
            let timestamp = try await site.client.get("/tuf/metadata/timestamp.json")
            #expect(timestamp["Cache-Control"] == "no-cache")
            let payload = try Envelope<Timestamp>(parsing: timestamp.body).payload
            let snapshot = try await site.client.get(
                "/tuf/metadata/\(payload.snapshot.version).snapshot.json")
            try payload.snapshot.verify(snapshot.body)
            let next = payload.snapshot.version + 1
            #expect(try await site.client.get("/tuf/metadata/\(next).snapshot.json").status == 404)
        }
    }
}
