import CanonicalJSON
import Packaging
import Signing
import TUF
import TUFRepository
import Testing

/// A project with the keys of two accounts, one of which has two machines.
struct Maintained {
    static let now = MetadataTime(secondsSinceEpoch: 1_800_000_000)

    let project = try! ProjectName("Flask")
    let alice = try! SecretKey()
    let aliceDesktop = try! SecretKey()
    let bob = try! SecretKey()

    func maintainers(threshold: Int, without removed: SecretKey? = nil) throws -> Maintainers {
        let keys = [(alice, "alice"), (aliceDesktop, "alice"), (bob, "bob")].filter { $0.0 !== removed }
        return try Maintainers(
            keys: keys.map { Maintainers.Key(publicKey: $0.0.publicKey, account: $0.1) }, threshold: threshold
        )
    }

    func draft(
        version: Int = 1, threshold: Int = 1, without removed: SecretKey? = nil, daysLeft: Int = 365,
        yanked: ProjectPage.Yanked = .no
    ) throws -> ProjectDraft {
        try ProjectDraft(
            project: project, version: version, expires: Self.now.advanced(bySeconds: daysLeft * 86_400),
            maintainers: maintainers(threshold: threshold, without: removed), files: [file(yanked: yanked)])
    }

    func file(yanked: ProjectPage.Yanked = .no) throws -> ProjectPage.File {
        ProjectPage.File(
            filename: "flask-1.0-py3-none-any.whl", version: try Version("1.0"),
            path: "aa/bb/\(String(repeating: "c", count: 60))/flask-1.0-py3-none-any.whl",
            sha256Hex: String(repeating: "d", count: 64), requiresPython: ">=3.8", size: 10,
            uploadTime: 1_800_000_000_000_005, yanked: yanked,
            coreMetadataSha256Hex: String(repeating: "e", count: 64))
    }
}

@Suite("Project drafts (PEP 480, \"Snapshot Process\")")
struct ProjectDraftTests {
    private let maintained = Maintained()

    private func read(
        _ draft: ProjectDraft, signed: [UInt8]? = nil, html: [UInt8]? = nil, json: [UInt8]? = nil
    ) throws -> ProjectDraft {
        try ProjectDraft(
            project: draft.project, signed: signed ?? draft.signedBytes, html: html ?? draft.html,
            json: json ?? draft.json)
    }

    /// A draft's signed part with one member changed.
    private func changed(_ draft: ProjectDraft, _ change: (inout JSONObject) -> Void) -> [UInt8] {
        var object = draft.targets.json
        change(&object)
        return JSONValue.object(object).canonicalBytes()
    }

    @Test(
        "what is drafted is read back as the same draft",
        arguments: [ProjectPage.Yanked.no, .yes(reason: nil), .yes(reason: "a \"bad\" <day>")])
    func roundTrip(yanked: ProjectPage.Yanked) throws {
        let draft = try maintained.draft(yanked: yanked)
        #expect(try read(draft) == draft)
    }

    @Test("lists the files and both pages below the project's name, and nothing else")
    func targets() throws {
        let draft = try maintained.draft()
        #expect(
            Set(draft.targets.targets.keys.map(\.text)) == [
                "flask/index.html", "flask/index.json", "flask/flask-1.0-py3-none-any.whl",
            ])
    }

    @Test("pages carry no serial, which is known once they are public")
    func noSerial() throws {
        let draft = try maintained.draft()
        #expect(!String(decoding: draft.html, as: UTF8.self).contains("SERIAL"))
        #expect(!String(decoding: draft.json, as: UTF8.self).contains("_last-serial"))
    }

    @Test("refuses a page with one byte more")
    func page() throws {
        let draft = try maintained.draft()
        #expect { try read(draft, html: draft.html + [0x20]) } throws: {
            ($0 as? TransactionRefusal)?.check == .page
        }
        #expect { try read(draft, json: draft.json + [0x20]) } throws: {
            ($0 as? TransactionRefusal)?.check == .page
        }
    }

    @Test("refuses pages and metadata that do not belong together")
    func otherPage() throws {
        let (draft, other) = (try maintained.draft(), try maintained.draft(yanked: .yes(reason: "x")))
        #expect { try read(draft, html: other.html, json: other.json) } throws: {
            ($0 as? TransactionRefusal)?.check == .targets
        }
    }

    @Test(
        "refuses a target outside the project",
        arguments: ["other/a.whl", "flask/a/b.whl", "flask"])
    func path(_ path: String) throws {
        let draft = try maintained.draft()
        let signed = changed(draft) { object in
            var targets = object["targets"]?.object ?? [:]
            targets[path] = ["length": 1, "hashes": ["sha256": .string(String(repeating: "0", count: 64))]]
            object["targets"] = .object(targets)
        }
        #expect { try read(draft, signed: signed) } throws: {
            ($0 as? TransactionRefusal)?.check == .path && ($0 as? TransactionRefusal)?.value == path
        }
    }

    @Test("refuses delegations: none was given to pass on")
    func delegation() throws {
        let draft = try maintained.draft()
        let signed = changed(draft) { $0["delegations"] = ["keys": [:], "roles": []] }
        #expect { try read(draft, signed: signed) } throws: {
            ($0 as? TransactionRefusal)?.check == .delegation
        }
    }

    @Test("refuses metadata that does not say who maintains the project, or says more than it may")
    func maintainersField() throws {
        let draft = try maintained.draft()
        for signed in [
            changed(draft) { $0[Maintainers.field] = nil },
            changed(draft) { $0[Maintainers.field] = ["keys": [:], "threshold": 1] },
        ] {
            #expect { try read(draft, signed: signed) } throws: {
                ($0 as? TransactionRefusal)?.check == .maintainers
            }
        }
        let more = changed(draft) { $0["x-more"] = 1 }
        #expect { try read(draft, signed: more) } throws: { ($0 as? TransactionRefusal)?.check == .targets }
    }

    @Test("a file never changes and cannot be removed twice")
    func changes() throws {
        let file = try maintained.file()
        var changes = ProjectChanges()
        changes.add = [
            FileFacts(
                filename: file.filename, version: file.version, size: 1, sha256Hex: file.sha256Hex,
                blake2Hex: String(repeating: "1", count: 64), md5Hex: String(repeating: "2", count: 32),
                requiresPython: nil, metadataSHA256Hex: nil)
        ]
        #expect { try ProjectDraft.files([file], applying: changes, uploadTime: 0) } throws: {
            ($0 as? TransactionRefusal)?.check == .draft
        }
        changes.add = []
        changes.remove = ["flask-9.9.tar.gz"]
        #expect { try ProjectDraft.files([file], applying: changes, uploadTime: 0) } throws: {
            ($0 as? TransactionRefusal)?.check == .draft
        }
    }
}
