import ClientTestSupport
import Foundation
import Installing
import Packaging
import TUF
import TUFClient
import Testing

@Suite("What a user trusts, on disk", .serialized, .ownThread)
struct InstallerStateTests {
    private let folder: TemporaryFolder
    private let state: InstallerState

    init() throws {
        folder = try TemporaryFolder()
        state = try InstallerState(folder.path)
    }

    /// The state as another process has it.
    private func other() throws -> InstallerState { try InstallerState(folder.path) }

    private func index(_ name: String, isVerified: Bool = true) throws -> PinnedIndex {
        try PinnedIndex(address: "https://\(name).example/simple/", isVerified: isVerified)
    }

    @Test("all that is said of an index is kept")
    func everything() throws {
        let pattern = try #require(NamePattern("Acme-*"))
        let index = try PinnedIndex(
            address: "https://us%40er:p%3Aw@a.example/simple", projects: [pattern], isVerified: false)
        try state.add(index, root: nil, isFirst: false)
        #expect(try other().indexes() == [index])
    }

    @Test("a name is bound to the index that came first, whichever process asks")
    func bind() throws {
        let (a, b, name) = (try index("a"), try index("b"), try ProjectName("Demo.Pkg"))
        let other = try other()
        #expect(try state.binding(of: name) == nil)
        #expect(try state.bind(name, to: a) == a.address)
        #expect(try other.binding(of: ProjectName("demo_pkg")) == a.address)
        #expect(try other.bind(name, to: b) == a.address)
        #expect(try state.binding(of: name) == a.address)

        #expect(try other.unbind(name))
        #expect(try !other.unbind(name))
        #expect(try state.binding(of: name) == nil)
        #expect(try state.bind(name, to: b) == b.address)
    }

    @Test("names that many threads and processes bind at once are all bound")
    func bindAtOnce() throws {
        let index = try index("a")
        _ = try onThreads(8) { [folder, state] thread in
            let state = thread % 2 == 0 ? state : try InstallerState(folder.path)
            for number in 0..<5 { _ = try state.bind(ProjectName("name-\(thread)-\(number)"), to: index) }
        }
        for thread in 0..<8 {
            for number in 0..<5 {
                #expect(try state.binding(of: ProjectName("name-\(thread)-\(number)")) == index.address)
            }
        }
    }

    @Test("of many who bind one name to different indexes, one wins, and all are told which")
    func bindRace() throws {
        let name = try ProjectName("demo")
        let owners = try onThreads(8) { [folder] thread in
            let index = try PinnedIndex(address: "https://\(thread).example/")
            return try InstallerState(folder.path).bind(name, to: index)
        }
        #expect(Set(owners).count == 1)
        #expect(try state.binding(of: name) == owners[0])
    }

    @Test("the secret is 32 hexadecimal digits, the same each time, and its owner's only")
    func secret() throws {
        let secret = try state.secret()
        #expect(secret.utf8.count == 32 && Hex.isLowercase(secret))
        #expect(try other().secret() == secret)
        #expect(folder.status(of: "secret").mode == 0o600)
        #expect(folder.bytes(of: "secret") == Array(secret.utf8))
        let elsewhere = try TemporaryFolder()
        #expect(try InstallerState(elsewhere.path).secret() != secret)
    }

    static let unreadable: [(String, String)] = [
        ("indexes.json", ""), ("indexes.json", "{"), ("indexes.json", "[]"), ("indexes.json", "{}"),
        ("indexes.json", #"{"indexes":[{}]}"#), ("indexes.json", #"{"indexes":[1]}"#),
        ("indexes.json", #"{"indexes":[{"address":"ftp://a/","projects":[],"verified":true}]}"#),
        ("indexes.json", #"{"indexes":[{"address":"http://u:p@a/","projects":[],"verified":true}]}"#),
        ("indexes.json", #"{"indexes":[{"address":"http://a/","projects":["a b"],"verified":true}]}"#),
        ("indexes.json", #"{"indexes":[{"address":"http://a/","projects":[],"verified":"no"}]}"#),
        (
            "indexes.json",
            #"{"indexes":[{"address":"http://a/","credentials":1,"projects":[],"verified":true}]}"#
        ),
        ("names.json", ""), ("names.json", "{}"), ("names.json", #"{"names":[]}"#),
        ("names.json", #"{"names":{"a":1}}"#),
        ("secret", ""), ("secret", "0123456789abcdef"), ("secret", "0123456789ABCDEF0123456789ABCDEF"),
        ("secret", "0123456789abcdef0123456789abcdef\n"),
    ]

    @Test("a file that cannot be read is not passed over: what to do is said", arguments: unreadable)
    func corrupt(name: String, text: String) throws {
        try folder.write(Array(text.utf8), to: name)
        expectRefusal(.unreadableState(path: "\(folder.path)/\(name)")) {
            let state = try InstallerState(folder.path)
            _ = try state.indexes()
            return try state.secret()
        }
        #expect(folder.bytes(of: name) == Array(text.utf8))
    }
}
