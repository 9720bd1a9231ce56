import Foundation
import TestSupport
import Testing
import Warehouse

@Suite("Uploads over HTTP")
struct UploadTests {
    private static let unauthenticated =
        "Invalid or non-existent authentication information. Use a token of this index with the user name __token__."
    private static let password =
        "Username/Password authentication is no longer supported. Migrate to API Tokens or Trusted Publishers "
        + "instead. Use a token with the user name __token__."

    @Test("a token is taken in every form in which clients send it")
    func authorized() async throws {
        try await RunningSite.with(.absent, wait: .zero) { site in
            let forms = [
                RunningSite.basic("__token__", site.token), "Bearer \(site.token)", "bearer \(site.token)",
                "token \(site.token)",
            ]
            for (number, form) in forms.enumerated() {
                let answer = try await site.upload(.wheel("demo", "\(number).0"), authorization: form)
                #expect(answer.status == 200, "\(form)")
            }
        }
    }

    @Test("whoever has no token of this index is refused with 403, and nothing is stored")
    func unauthorized() async throws {
        try await RunningSite.with(.absent, wait: .zero) { site in
            let other = "bonded-0011223344556677-" + String(repeating: "0", count: 64)
            let table = [
                ("", Self.unauthenticated), ("Bearer", Self.unauthenticated),
                ("Bearer \(other)", Self.unauthenticated), ("Digest \(site.token)", Self.unauthenticated),
                ("Basic !!!", Self.unauthenticated),
                ("Basic " + Data("x".utf8).base64EncodedString(), Self.unauthenticated),
                (RunningSite.basic("__token__", other), Self.unauthenticated),
                (RunningSite.basic("__token__", ""), Self.unauthenticated),
                (RunningSite.basic("alice", site.token), Self.password),
                (RunningSite.basic("alice", "secret"), Self.password),
            ]
            for (authorization, message) in table {
                let answer = try await site.upload(.wheel(), authorization: authorization)
                #expect(answer.status == 403, "\(authorization)")
                #expect(answer.reason == message)
                #expect(answer.text.contains(message))
            }
            #expect(try await site.index.warehouse.projects().isEmpty)
            #expect(try await site.upload(.wheel(), authorization: nil, accept: nil).status == 200)
        }
    }

    @Test("a refusal is HTML, JSON or plain text, as the client asks, with the message in the reason phrase")
    func refusalForms() async throws {
        try await RunningSite.with(.absent, wait: .zero) { site in
            #expect(try await site.upload(.wheel()).status == 200)
            let other = TestDistribution.wheel(content: "other")
            let html = try await site.upload(other)
            #expect(html.status == 400)
            #expect(html.reason.hasPrefix("File already exists ('\(other.filename)', with blake2_256 hash '"))
            #expect(html["Content-Type"] == "text/html; charset=utf-8")
            #expect(html.text.contains("<h1>400 File already exists (&#39;\(other.filename)&#39;, "))

            let json = try await site.upload(other, accept: "application/json")
            #expect(json["Content-Type"] == "application/json")
            let object = try JSONDecoder().decode([String: String].self, from: Data(json.body))
            #expect(object["message"] == html.reason)
            #expect(object["code"] == "400 \(html.reason)")
            #expect(object["title"] == "Bad Request")

            let plain = try await site.upload(other, accept: "text/plain")
            #expect(plain["Content-Type"]?.hasPrefix("text/plain") == true)
            #expect(plain.text.hasPrefix("400 \(html.reason)\n\n\(html.reason)"))
        }
    }

    @Test("a read-only index refuses even those who may")
    func readOnly() async throws {
        var rules = TestIndex.rules
        rules.isReadOnly = true
        try await RunningSite.with(.absent, rules: rules) { site in
            let answer = try await site.upload(.wheel())
            #expect(answer.status == 403)
            #expect(answer.reason == "Read-only mode: Uploads are temporarily disabled.")
        }
    }

    @Test(
        "without a snapshot process an upload is stored, and in bounded time its sender is told what is missing"
    )
    func noSnapshotProcess() async throws {
        try await RunningSite.with(.absent, wait: .milliseconds(200)) { site in
            let began = ContinuousClock.now
            let answer = try await site.upload(.wheel())
            #expect(answer.status == 200)
            #expect(
                answer.text.trimmingCharacters(in: .newlines)
                    == "Warning: the file is stored, but no snapshot lists it yet, so installers do not see it. "
                    + "It becomes visible with the next snapshot; /readyz says whether one is being made. "
                    + "(Waited 0.2 s.)")
            #expect(answer["X-Bonded-Snapshot"] == nil)
            #expect((.milliseconds(200) ..< .seconds(20)).contains(ContinuousClock.now - began))
        }
    }

    @Test("what an upload was told is public, is: a page served from memory before is not served after")
    func cacheIsDropped() async throws {
        try await RunningSite.with { site in
            for version in 1...5 {
                let wheel = TestDistribution.wheel("demo", "\(version).0")
                let answer = try await site.upload(wheel)
                #expect(answer["X-Bonded-Snapshot"] != nil)
                // Twice: the second comes from memory, where the first put it.
                for _ in 0..<2 {
                    for path in ["/simple/demo/", "/simple/"] {
                        let page = try await site.client.get(path)
                        #expect(page["X-PyPI-Last-Serial"] == String(1 + 2 * version))
                    }
                    #expect(try await site.client.get("/simple/demo/").text.contains(wheel.filename))
                }
            }
        }
    }
}
