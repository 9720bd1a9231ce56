import Blobs
import TUF
import TestSupport
import Testing

@Suite("Routes")
struct PublicRouteTests {
    @Test(
        "paths in another spelling lead to the one that is meant",
        arguments: [
            ("/simple", 301, "/simple/"), ("/simple/demo", 301, "/simple/demo/"),
            ("/simple/Demo_Pkg/", 301, "/simple/demo-pkg/"), ("/simple/Demo.Pkg", 301, "/simple/demo-pkg/"),
            ("/legacy", 308, "/legacy/"),
        ])
    func redirects(path: String, status: Int, location: String) async throws {
        try await RunningSite.with(.absent) { site in
            let answer = try await site.client.get(path)
            #expect(answer.status == status)
            #expect(answer["Location"] == location)
            if path == "/legacy" {
                #expect(try await site.client.send("POST", path, body: [1, 2, 3]).status == 308)
            }
        }
    }

    @Test("what this site does not have is 404 in plain text")
    func notFound() async throws {
        try await RunningSite.with(.absent) { site in
            for path in [
                "/nowhere", "/simple/unknown/", "/simple/-bad-/", "/simple/a/b/", "/packages/aa/bb/cc/x.whl",
                "/packages/../etc/passwd", "/tuf/metadata/1.nobody.json", "/tuf/metadata/01.root.json",
                "/tuf/metadata/0.root.json", "/tuf/metadata/root.json",
                "/tuf/targets/demo/0000.index.html", "/tuf/metadata/99999999999999999999.root.json",
                "/packages/" + String(repeating: "a", count: 2) + "/bb/" + String(repeating: "c", count: 60)
                    + "/.metadata",
                "/tuf/targets/demo/" + String(repeating: "0", count: 64) + ".index.html",
            ] {
                let answer = try await site.client.get(path)
                #expect([400, 404].contains(answer.status), "\(path)")
                if answer.status == 404 { #expect(answer["Content-Type"]?.hasPrefix("text/plain") == true) }
            }
            #expect(try await site.client.get("/nowhere").status == 404)
            #expect(try await site.client.get("/simple/unknown/").status == 404)
        }
    }

    @Test(
        "a method that a path does not know is 405 with those it knows",
        arguments: [
            ("PUT", "/simple/", "GET, HEAD"), ("POST", "/simple/demo/", "GET, HEAD"),
            ("DELETE", "/tuf/metadata/timestamp.json", "GET, HEAD"), ("GET", "/legacy/", "POST"),
            ("HEAD", "/legacy/", "POST"),
        ])
    func methods(method: String, path: String, allow: String) async throws {
        try await RunningSite.with(.absent) { site in
            let answer = try await site.client.send(method, path)
            #expect(answer.status == 405)
            #expect(answer["Allow"] == allow)
        }
    }

    @Test("readiness says what is wrong, liveness only that the process answers")
    func operations() async throws {
        try await RunningSite.with(.absent) { site in
            #expect(try await site.client.get("/healthz").text == "ok\n")
            let answer = try await site.client.get("/readyz")
            #expect(answer.status == 503)
            #expect(answer.text.contains("no snapshot process is running"))
            #expect(answer["Cache-Control"] == "no-store")
        }
        try await RunningSite.withWheel { site, _ in
            let answer = try await site.client.get("/readyz")
            #expect(answer.status == 200)
            #expect(answer.text == #"{"status":"ready"}"#)
        }
    }

    @Test("a file that no snapshot lists is served by no path")
    func pendingFile() async throws {
        try await RunningSite.with(.absent, wait: .zero) { site in
            let wheel = TestDistribution.wheel("demo")
            #expect(try await site.upload(wheel).status == 200)
            let blob = try BlobName(
                blake2Hex: ContentDigests(of: wheel.bytes).blake2Hex, filename: wheel.filename)
            for path in [
                "/packages/\(blob.path)", "/packages/\(blob.path).metadata", "/simple/demo/",
                "/tuf/targets/demo/\(Digest.sha256Hex(wheel.bytes)).\(wheel.filename)",
            ] {
                #expect(try await site.client.get(path).status == 404, "\(path)")
            }
            #expect(try await !site.client.get("/simple/").text.contains("demo"))
        }
    }
}
