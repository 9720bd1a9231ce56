import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import TUF
import TUFClient
import Testing

@Suite("What an updater fetches", .serialized, .ownThread)
struct UpdaterFetchTests {
    @Test("the first refresh fetches each top-level role, by the version that the one before it names")
    func first() throws {
        let index = try PublishedRepository { $0.snapshotVersion = 7 }
        let updater = try index.refreshedUpdater()
        #expect(
            index.takeRequests() == ["2.root.json", "timestamp.json", "7.snapshot.json", "1.targets.json"])
        #expect(updater.trusted.targets[.targets]?.payload.version == 1)
        #expect(updater.serverClock != nil)
    }

    @Test("where snapshots are not kept apart, names have no versions")
    func inconsistent() throws {
        let index = try PublishedRepository {
            $0.isConsistent = false
            try $0.delegate("a", seed: 20, paths: ["*"], files: ["x"])
        }
        let updater = try index.refreshedUpdater()
        let found = try #require(try updater.find(TargetPath("x")))
        #expect(try updater.download(found) == Array("x".utf8))
        #expect(
            index.takeRequests()
                == ["2.root.json", "timestamp.json", "snapshot.json", "targets.json", "a.json", "x"])
    }

    @Test("nothing new costs the question for the next root and for the timestamp", arguments: [false, true])
    func nothingNew(isOtherProcess: Bool) throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        let first = try index.refreshedUpdater()
        _ = index.takeRequests()
        let updater = isOtherProcess ? try index.updater() : first
        try updater.refresh(now: PublishedRepository.now)
        #expect(index.takeRequests() == ["2.root.json", "timestamp.json"])
        #expect(updater.trusted.targets[.targets] != nil)
    }

    @Test("of a new snapshot, only the roles that changed are fetched", arguments: [false, true])
    func newSnapshot(isOtherProcess: Bool) throws {
        var index = try PublishedRepository { try $0.delegateThree() }
        let first = try index.refreshedUpdater()
        for path in ["a/x", "a/b/x", "a/c/x"] { _ = try first.find(TargetPath(path)) }
        try index.publishNext { $0.roles["b"] = (2, ["a/b/y"], nil) }
        _ = index.takeRequests()

        let updater = isOtherProcess ? try index.updater() : first
        try updater.refresh(now: PublishedRepository.now)
        #expect(index.takeRequests() == ["2.root.json", "timestamp.json", "2.snapshot.json"])
        #expect(try updater.find(TargetPath("a/b/y"))?.chain == [.targets, "a", "b"])
        #expect(try updater.find(TargetPath("a/b/x")) == nil)
        #expect(try updater.find(TargetPath("a/c/x"))?.role == "c")
        #expect(index.takeRequests() == ["2.b.json"])
    }

    @Test("roots are followed one by one, up to the last")
    func roots() throws {
        var index = try PublishedRepository()
        for version in 2...4 { try index.publish { $0.rootVersion = version } }
        let updater = try index.refreshedUpdater()
        #expect(updater.trusted.root.payload.version == 4)
        #expect(
            index.takeRequests().prefix(4) == ["2.root.json", "3.root.json", "4.root.json", "5.root.json"])

        try index.updater().refresh(now: PublishedRepository.now)
        #expect(index.takeRequests() == ["5.root.json", "timestamp.json"])
    }

    @Test("a lookup fetches the roles on its way, each once; nobody lists what none of them does")
    func lookup() throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        let updater = try index.refreshedUpdater()
        _ = index.takeRequests()
        #expect(try updater.find(TargetPath("a/b/x"))?.chain == [.targets, "a", "b"])
        #expect(index.takeRequests() == ["1.a.json", "1.b.json"])
        #expect(try updater.find(TargetPath("a/b/x"))?.file == TargetFile(describing: Array("a/b/x".utf8)))
        #expect(try updater.find(TargetPath("a/b/other")) == nil)
        #expect(try updater.find(TargetPath("elsewhere/x")) == nil)
        #expect(index.takeRequests() == [])

        let other = try index.refreshedUpdater()
        _ = index.takeRequests()
        #expect(try other.find(TargetPath("a/b/x"))?.role == "b")
        #expect(index.takeRequests() == [], "the other process has them on the disk")
    }

    @Test("a role whose name is no name of a file is fetched and kept by its encoded name")
    func encodedName() throws {
        let index = try PublishedRepository {
            try $0.delegate("../a b", seed: 20, paths: ["*"], files: ["x"])
        }
        let updater = try index.refreshedUpdater()
        _ = index.takeRequests()
        #expect(try updater.find(TargetPath("x"))?.role == "../a b")
        #expect(index.takeRequests() == ["1...%2Fa%20b.json"])
        #expect(try index.folder.names(in: "store").contains("..%2Fa%20b.json"))
    }

    @Test("no more is read of a file than the snapshot states, or than a file of its kind may have")
    func limits() throws {
        var index = try PublishedRepository {
            try $0.delegate("a", seed: 20, paths: ["*"])
            $0.snapshotMeta["a"] = try MetaFile(version: 1, length: 10)
        }
        let updater = try index.refreshedUpdater()
        #expect(throws: HTTPClientError.tooLong(address: index.address("1.a.json"), maxBytes: 10)) {
            try updater.find(TargetPath("x"))
        }
        let long = [UInt8](repeating: 0x20, count: 1 << 20)
        index.server.publish(["tuf/metadata/timestamp.json": long])
        #expect(throws: HTTPClientError.tooLong(address: index.address("timestamp.json"), maxBytes: 16_384)) {
            try updater.refresh(now: PublishedRepository.now)
        }
        index.server.publish(["tuf/metadata/2.root.json": long])
        #expect(throws: HTTPClientError.tooLong(address: index.address("2.root.json"), maxBytes: 512_000)) {
            try updater.refresh(now: PublishedRepository.now)
        }
        #expect(updater.trusted.root.payload.version == 1)
        index.server.remove { $0.hasSuffix("2.root.json") }
        try index.publishNext { $0.snapshotMeta = [:] }
        try updater.refresh(now: PublishedRepository.now)
        #expect(try updater.find(TargetPath("x")) == nil)
    }

    @Test("a target is downloaded and checked: no other bytes, not more, not fewer")
    func download() throws {
        let index = try PublishedRepository { $0.roles[.targets]?.files = ["p/x"] }
        let updater = try index.refreshedUpdater()
        let found = try #require(try updater.find(TargetPath("p/x")))
        let address = index.repository.address(of: "p/x")
        _ = index.takeRequests()
        #expect(try updater.download(found) == Array("p/x".utf8))
        #expect(index.takeRequests() == ["p/\(Digest.sha256Hex(Array("p/x".utf8))).x"])

        index.server.publish([address: Array("p/y".utf8)])
        #expect(throws: MetadataError.wrongHash(algorithm: "sha256")) { try updater.download(found) }
        index.server.publish([address: Array("p/".utf8)])
        #expect(throws: MetadataError.wrongLength(expected: 3, found: 2)) { try updater.download(found) }
        index.server.publish([address: Array("p/xx".utf8)])
        let full = index.server.address.absoluteString + address
        #expect(throws: HTTPClientError.tooLong(address: full, maxBytes: 3)) { try updater.download(found) }
        #expect(throws: HTTPClientError.tooLong(address: full, maxBytes: 2)) {
            try updater.download(found, atMost: 2)
        }
        index.server.remove { $0 == address }
        #expect(throws: UpdaterError.missing(address: full)) { try updater.download(found) }
    }

    @Test(
        "whatever a path holds stays in the path of the address",
        arguments: [
            ("a b?c#d%2F.whl", "a%20b%3Fc%23d%252F.whl"), ("é.whl", "%C3%A9.whl"), ("x@y:1", "x@y:1"),
        ])
    func addresses(name: String, encoded: String) throws {
        let index = try PublishedRepository { $0.roles[.targets]?.files = ["p/\(name)"] }
        let updater = try index.refreshedUpdater()
        let found = try #require(try updater.find(TargetPath("p/\(name)")))
        _ = index.takeRequests()
        #expect(throws: UpdaterError.self) {
            index.server.remove { $0.hasPrefix("tuf/targets/") }
            _ = try updater.download(found)
        }
        #expect(index.takeRequests() == ["p/\(Digest.sha256Hex(Array("p/\(name)".utf8))).\(encoded)"])
    }
}
