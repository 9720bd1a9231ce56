import Postgres
import TestSupport
import Testing
import Warehouse

@Suite("Security bulletins")
struct SecurityTests {
    @Test("a row that was written by hand breaks neither page nor feed")
    func handwritten() async throws {
        try await RunningSite.with(.absent) { site in
            let title = "a\u{1}\u{1B}b\u{9F}<"
            let noncharacters = ([0xFFFE, 0x1FFFF, 0xFDD0] as [UInt32]).compactMap(Unicode.Scalar.init)
            let body = "c\(String(String.UnicodeScalarView(noncharacters)))]]>\r\u{7F}\n\tend"
            try await site.index.warehouse.database.transaction { connection in
                try connection.execute("INSERT INTO bulletin (title, body) VALUES (\(title), \(body))")
            }
            let shown = "c\u{FFFD}\u{FFFD}\u{FFFD}]]&gt;\u{FFFD}\u{FFFD}\n\tend"
            for path in ["/security/", "/security/1/", "/security/atom.xml"] {
                let answer = try await site.client.get(path)
                #expect(answer.status == 200)
                #expect(answer.text.contains("a\u{FFFD}\u{FFFD}b\u{FFFD}&lt;"), "\(path)")
                #expect(answer.text.contains(shown), "\(path)")
            }
        }
    }

    @Test("what was kept in memory is dropped with every change, on every process")
    func dropped() async throws {
        try await RunningSite.with(.absent) { site in
            let warehouse = site.index.warehouse
            #expect(try await site.client.get("/security/").text.contains("There are none"))
            let bulletin = try await warehouse.postBulletin(title: "First", body: "Text.")
            try await site.expect("/security/", toShow: "First")
            _ = try await warehouse.changeBulletin(id: bulletin.id, title: "Second", body: nil)
            try await site.expect("/security/", toShow: "Second")
            try await warehouse.withdrawBulletin(id: bulletin.id)
            try await site.expect("/security/", toShow: "There are none")
        }
    }
}

extension RunningSite {
    /// Notifications take a moment.
    fileprivate func expect(_ path: String, toShow text: String) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if try await client.get(path).text.contains(text) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(path) does not show '\(text)'")
    }
}
