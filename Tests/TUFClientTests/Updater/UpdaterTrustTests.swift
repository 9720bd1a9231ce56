import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import TUF
import TUFClient
import Testing

@Suite("What an updater trusts", .serialized, .ownThread)
struct UpdaterTrustTests {
    private static let now = PublishedRepository.now

    @Test(
        "a role on the disk is verified again, and fetched anew where it was tampered with",
        arguments: ["a", "b"])
    func tamperedRole(role: RoleName) throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        _ = try index.refreshedUpdater().find(TargetPath("a/b/x"))
        var forged = index.repository
        forged.signers[role] = [99]
        forged.contents["a/b/x"] = [1]
        try index.folder.write(forged.targets(role), to: "store/\(role).json")
        _ = index.takeRequests()

        let updater = try index.refreshedUpdater()
        let found = try updater.find(TargetPath("a/b/x"))
        #expect(found?.file == (try TargetFile(describing: Array("a/b/x".utf8))))
        #expect(index.takeRequests().suffix(1) == ["1.\(role).json"])
        #expect(index.folder.bytes(of: "store/\(role).json") == (try index.repository.targets(role)))
    }

    @Test(
        "a snapshot or timestamp on the disk counts only where it verifies",
        arguments: [RoleName.timestamp, .snapshot])
    func tamperedTopLevel(role: RoleName) throws {
        let index = try PublishedRepository()
        _ = try index.refreshedUpdater()
        var forged = index.repository
        forged.signers[role] = [99]
        (forged.timestampVersion, forged.snapshotVersion) = (50, 50)
        try index.folder.write(
            role == .timestamp ? forged.timestamp() : forged.snapshot(), to: "store/\(role).json")
        let updater = try index.refreshedUpdater()
        #expect(updater.trusted.snapshot?.payload.version == 1)
        #expect(updater.trusted.timestamp?.payload.version == 1)
    }

    @Test("a root on the disk that its own keys have not signed is refused, and not passed over")
    func tamperedRoot() throws {
        var index = try PublishedRepository()
        try index.publish { $0.rootVersion = 2 }
        _ = try index.refreshedUpdater()
        var forged = index.repository
        forged.signers[.root] = [1]
        try index.folder.write(forged.root(), to: "store/root.json")
        #expect(throws: MetadataError.belowThreshold(role: .root, valid: 1, threshold: 2)) {
            try index.updater()
        }
    }

    @Test("what one process has seen guards the next one, and another that runs already, against the past")
    func rollback() throws {
        var index = try PublishedRepository { try $0.delegateThree() }
        let old = try index.repository.files()
        let running = try index.refreshedUpdater()
        try index.publishNext { $0.roles["b"]?.version = 2 }
        _ = try index.refreshedUpdater()

        index.server.publish(old)
        let error = MetadataError.rollback(role: .timestamp, trusted: 2, offered: 1)
        #expect(throws: error) { try index.updater().refresh(now: Self.now) }
        #expect(throws: error) { try running.refresh(now: Self.now) }
        #expect(throws: error, "and once more") { try running.refresh(now: Self.now) }
        #expect(index.folder.bytes(of: "store/timestamp.json") == (try index.repository.timestamp()))

        index.server.publish(try index.repository.files())
        try running.refresh(now: Self.now)
        #expect(running.trusted.snapshot?.payload.version == 2)
    }

    @Test("a role that went back in a newer snapshot is refused, also by a process that never had that role")
    func roleRollback() throws {
        var index = try PublishedRepository {
            try $0.delegateThree()
            $0.roles["b"]?.version = 5
        }
        _ = try index.refreshedUpdater()
        try index.publishNext { $0.roles["b"]?.version = 4 }
        #expect(throws: MetadataError.rollback(role: "b", trusted: 5, offered: 4)) {
            try index.updater().refresh(now: Self.now)
        }
        #expect(try index.updater().trusted.snapshot?.payload.meta["b"]?.version == 5)
    }

    enum Trouble: CaseIterable {
        case timestampForged, timestampMissing, timestampDown, snapshotForged, snapshotMissing,
            snapshotExchanged
        case rootForged, rootDown
    }

    @Test("a refresh that fails leaves what was trusted, and the next one works", arguments: Trouble.allCases)
    func failure(_ trouble: Trouble) throws {
        var index = try PublishedRepository { try $0.delegateThree() }
        let updater = try index.refreshedUpdater()
        _ = try updater.find(TargetPath("a/b/x"))
        let before = updater.trusted
        try index.publishNext { $0.roles["b"] = (2, ["a/b/y"], nil) }
        let server = index.server
        var forged = index.repository
        let path = { (name: String) in "tuf/metadata/\(name)" }
        let error: any Error
        switch trouble {
        case .timestampForged:
            forged.signers[.timestamp] = [99]
            server.publish([path("timestamp.json"): try forged.timestamp()])
            error = MetadataError.belowThreshold(role: .timestamp, valid: 0, threshold: 1)
        case .timestampMissing:
            server.remove { $0 == path("timestamp.json") }
            error = UpdaterError.missing(address: index.address("timestamp.json"))
        case .timestampDown:
            server.answer(path("timestamp.json")) { .text(.serviceUnavailable, "later") }
            error = HTTPClientError.status(503, address: index.address("timestamp.json"), said: "later")
        case .snapshotForged:
            forged.signers[.snapshot] = [99]
            server.publish([path("timestamp.json"): try forged.timestamp()])
            server.publish([path("2.snapshot.json"): try forged.snapshot()])
            error = MetadataError.belowThreshold(role: .snapshot, valid: 0, threshold: 1)
        case .snapshotMissing:
            server.remove { $0 == path("2.snapshot.json") }
            error = UpdaterError.missing(address: index.address("2.snapshot.json"))
        case .snapshotExchanged:
            let old = Array(try #require(index.folder.bytes(of: "store/snapshot.json")))
            server.publish([path("2.snapshot.json"): old + [0x20]])
            forged.timestampMeta = try MetaFile(version: 2)
            server.publish([path("timestamp.json"): try forged.timestamp()])
            error = MetadataError.unexpectedVersion(role: .snapshot, expected: 2, found: 1)
        case .rootForged:
            forged.rootVersion = 2
            forged.signers[.root] = [1, 99]
            server.publish([path("2.root.json"): try forged.root()])
            error = MetadataError.belowThreshold(role: .root, valid: 1, threshold: 2)
        case .rootDown:
            server.answer(path("2.root.json")) { .text(.badGateway, "later") }
            error = HTTPClientError.status(502, address: index.address("2.root.json"), said: "later")
        }

        let thrown = #expect(throws: (any Error).self) { try updater.refresh(now: Self.now) }
        #expect("\(String(describing: thrown))" == "\(Optional(error) as Any)")
        #expect(updater.trusted == before)
        #expect(try updater.find(TargetPath("a/b/x"))?.role == "b")
        #expect(try index.updater().trusted.snapshot?.payload.version == 1)

        server.remove { $0.hasSuffix(".root.json") }
        try index.publish { $0.timestampVersion += 1 }
        try updater.refresh(now: Self.now)
        #expect(updater.trusted.snapshot?.payload.version == 2)
        #expect(try updater.find(TargetPath("a/b/y"))?.role == "b")
    }

    @Test("of an update that broke off in the middle, the next one takes up what has verified")
    func half() throws {
        var index = try PublishedRepository()
        let updater = try index.refreshedUpdater()
        try index.publishNext { $0.roles[.targets] = (2, ["y"], nil) }
        let snapshot = try index.repository.snapshot()
        index.server.remove { $0.hasSuffix("2.snapshot.json") }
        #expect(throws: UpdaterError.missing(address: index.address("2.snapshot.json"))) {
            try updater.refresh(now: Self.now)
        }
        index.server.publish(["tuf/metadata/2.snapshot.json": snapshot])
        index.server.remove { $0.hasSuffix("2.targets.json") }
        #expect(throws: UpdaterError.missing(address: index.address("2.targets.json"))) {
            try updater.refresh(now: Self.now)
        }
        #expect(throws: UpdaterError.missing(address: index.address("2.targets.json"))) {
            try updater.find(TargetPath("y"))
        }
        try index.publish { _ in }
        #expect(try updater.find(TargetPath("y"))?.role == .targets)
    }

    @Test("where nobody answers, what was trusted still is")
    func unreachable() throws {
        let index = try PublishedRepository()
        _ = try index.refreshedUpdater()
        let updater = try index.updater(port: RawServer.closedPort())
        let before = updater.trusted
        #expect(throws: HTTPClientError.self) { try updater.refresh(now: Self.now) }
        #expect(updater.trusted == before)
        #expect(before.snapshot?.payload.version == 1)
    }

    @Test("a role that is missing, or forged, is no target that is not there", arguments: [false, true])
    func missingRole(isForged: Bool) throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        let updater = try index.refreshedUpdater()
        if isForged {
            var forged = index.repository
            forged.signers["b"] = [20]
            index.server.publish(["tuf/metadata/1.b.json": try forged.targets("b")])
            #expect(throws: MetadataError.belowThreshold(role: "b", valid: 0, threshold: 1)) {
                try updater.find(TargetPath("a/b/x"))
            }
        } else {
            index.server.remove { $0.hasSuffix("1.b.json") }
            #expect(throws: UpdaterError.missing(address: index.address("1.b.json"))) {
                try updater.find(TargetPath("a/b/x"))
            }
        }
        #expect(try !index.folder.names(in: "store").contains("b.json"))
        #expect(try updater.find(TargetPath("a/c/x"))?.role == "c")
        index.server.publish(try index.repository.files())
        #expect(try updater.find(TargetPath("a/b/x"))?.role == "b")
    }

    @Test("what has not been renewed in time is refused, though nothing is new")
    func expired() throws {
        let index = try PublishedRepository()
        let updater = try index.refreshedUpdater()
        let later = Self.now.advanced(bySeconds: 3_600)
        #expect(throws: MetadataError.expired(role: .root, at: later)) { try updater.refresh(now: later) }
        let earlier = Self.now.advanced(bySeconds: 3_599)
        try updater.refresh(now: earlier)
        #expect(updater.trusted.now == earlier)
    }

    @Test(
        "versions that an attacker has run up are given up with the keys that signed them",
        arguments: [false, true])
    func fastForward(isOtherProcess: Bool) throws {
        var index = try PublishedRepository {
            ($0.timestampVersion, $0.snapshotVersion) = (1_000_000, 1_000_000)
            $0.roles[.targets]?.version = 1_000_000
        }
        let first = try index.refreshedUpdater()
        let reset = { (repository: inout TestRepository) in
            (repository.timestampVersion, repository.snapshotVersion) = (2, 2)
            repository.roles[.targets]?.version = 2
        }
        try index.publish(reset)
        let error = MetadataError.rollback(role: .timestamp, trusted: 1_000_000, offered: 2)
        #expect(throws: error) { try first.refresh(now: Self.now) }

        try index.publish {
            $0.rootVersion = 2
            ($0.keys[.timestamp], $0.keys[.snapshot]) = ([30], [31])
        }
        let updater = isOtherProcess ? try index.updater() : first
        try updater.refresh(now: Self.now)
        #expect(updater.trusted.targets[.targets]?.payload.version == 2)
        #expect(try index.updater().trusted.snapshot?.payload.version == 2)
    }

    @Test("the pinned root counts only until a later one is on the disk")
    func laterRoot() throws {
        var index = try PublishedRepository()
        try index.publish {
            $0.rootVersion = 2
            $0.keys[.root] = [40, 41]
            $0.signers[.root] = [1, 2, 40, 41]
        }
        _ = try index.refreshedUpdater()
        // The old keys have leaked. They sign another second root.
        var forged = TestRepository()
        forged.rootVersion = 2
        forged.keys[.targets] = [99]
        index.server.publish(["tuf/metadata/2.root.json": try forged.root()])
        let updater = try index.refreshedUpdater()
        #expect(updater.trusted.root.payload.version == 2)
        #expect(updater.trusted.root.payload.roles[.targets]?.keyIDs == [try TestKey(5).id])
    }
}
