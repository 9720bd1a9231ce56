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

    @Test("indexes are asked in the order in which they came, but for one that is to be first")
    func order() throws {
        let (a, b, c) = (try index("a"), try index("b", isVerified: false), try index("c"))
        #expect(try state.indexes() == [])
        try state.add(a, root: [1], isFirst: false)
        try state.add(b, root: nil, isFirst: false)
        try state.add(c, root: [3], isFirst: true)
        #expect(try state.indexes() == [c, a, b])
        #expect(try other().indexes() == [c, a, b])
        #expect(try state.root(of: c) == [3])
    }

    @Test("all that is said of an index is kept")
    func everything() throws {
        let pattern = try #require(NamePattern("Acme-*"))
        let index = try PinnedIndex(
            address: "https://us%40er:p%3Aw@a.example/simple", projects: [pattern], isVerified: false)
        try state.add(index, root: nil, isFirst: false)
        #expect(try other().indexes() == [index])
    }

    @Test("an index is pinned once: another root does not take the place of its own")
    func twice() throws {
        let index = try index("a")
        try state.add(index, root: [1], isFirst: false)
        expectRefusal(.alreadyPinned(index.address)) { try other().add(index, root: [2], isFirst: true) }
        #expect(try state.root(of: index) == [1])
        #expect(try state.indexes() == [index])
    }

    @Test("an index that is removed is forgotten whole: root, metadata, names; others are not")
    func remove() throws {
        let (a, b) = (try index("a"), try index("b"))
        let names = (try ProjectName("x"), try ProjectName("y"))
        for (index, name) in [(a, names.0), (b, names.1)] {
            try state.add(index, root: [1], isFirst: false)
            try state.trustStore(of: index).store([9], as: .timestamp)
            _ = try state.bind(name, to: index)
        }
        try state.remove(a)
        #expect(try state.indexes() == [b])
        #expect(try !folder.names().contains(a.id))
        #expect(try state.binding(of: names.0) == nil)
        #expect(try state.binding(of: names.1) == b.address)
        #expect(try state.trustStore(of: b).bytes(of: .timestamp) == [9])

        try state.add(a, root: [2], isFirst: false)
        #expect(try state.root(of: a) == [2])
        #expect(try state.trustStore(of: a).bytes(of: .timestamp) == nil)
    }

    @Test("what is not pinned cannot be removed")
    func removeUnknown() throws {
        try state.add(try index("a"), root: [1], isFirst: false)
        let unknown = try index("b")
        expectRefusal(.notPinned(unknown.address)) { try state.remove(unknown) }
        #expect(try state.indexes().count == 1)
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

    @Test("names that became unreadable bind nobody to anything")
    func corruptNames() throws {
        let (index, name) = (try index("a"), try ProjectName("demo"))
        _ = try state.bind(name, to: index)
        try folder.write([0x7B], to: "names.json")
        let error = InstallError.unreadableState(path: "\(folder.path)/names.json")
        expectRefusal(error) { try state.binding(of: name) }
        expectRefusal(error) { try state.bind(name, to: index) }
        expectRefusal(error) { try state.unbind(name) }
        #expect(folder.bytes(of: "names.json") == [0x7B])
    }

    @Test("an index without its root is not trusted anew")
    func missingRoot() throws {
        let index = try index("a")
        try state.add(index, root: [1], isFirst: false)
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(index.id)/root.json")
        expectRefusal(.unreadableState(path: "\(folder.path)/\(index.id)/root.json")) {
            try state.root(of: index)
        }
    }
}
