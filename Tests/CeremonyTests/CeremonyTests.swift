import Foundation
import Signing
import TUF
import TUFRepository
import Testing

@testable import Ceremony

@Suite("Ceremony")
struct CeremonyTests {
    let ceremony: TestCeremony

    init() throws { ceremony = try TestCeremony() }

    @Test(
        "writes manifest, transcript, four metadata files, the online and the holders' keys, and nothing else"
    )
    func layout() throws {
        try ceremony.hold()

        #expect(
            ceremony.contents == [
                "bundle", "bundle/bundle.json", "bundle/metadata", "bundle/metadata/1.claimed.json",
                "bundle/metadata/1.root.json", "bundle/metadata/1.targets.json",
                "bundle/metadata/1.unclaimed.json", "bundle/offline-keys", "bundle/offline-keys/alice.key",
                "bundle/offline-keys/bob.key", "bundle/offline-keys/carol.key",
                "bundle/offline-keys/dave.key",
                "bundle/online-keys", "bundle/online-keys/bins.key",
                "bundle/online-keys/recently-claimed.key",
                "bundle/online-keys/snapshot.key", "bundle/online-keys/timestamp.key",
                "bundle/transcript.txt",
            ])
        for path in ceremony.contents {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(ceremony.parent)/\(path)")
            let isDirectory = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(attributes[.posixPermissions] as? Int == (isDirectory ? 0o700 : 0o600), "\(path)")
        }
    }

    @Test("root names the plan's holders and the online keys, and consistent snapshots")
    func root() throws {
        let bundle = try ceremony.hold()
        let root = bundle.root.payload

        #expect(root.version == 1)
        #expect(root.consistentSnapshot == true)
        #expect(root.expires.description == "2027-01-01T00:00:00Z")
        #expect(root.roles[.root]?.threshold == 2)
        #expect(
            try root.roles[.root]?.keyIDs
                == ["alice", "bob", "carol"].map { try ceremony.key(of: $0).publicKey.id })
        #expect(
            try root.roles[.targets]?.keyIDs
                == ["alice", "bob"].map { try ceremony.key(of: $0).publicKey.id })
        let keyring = try OnlineKeyring(
            directory: bundle.onlineKeysDirectory, passphrase: TestCeremony.onlinePassphrase())
        #expect(root.roles[.timestamp]?.keyIDs == [keyring[.timestamp].publicKey.id])
        #expect(root.roles[.snapshot]?.keyIDs == [keyring[.snapshot].publicKey.id])
        #expect(root.keys.count == 5)
        #expect(bundle.root.signatures.count == 3)
    }

    @Test("targets delegates to claimed, recently-claimed and unclaimed, in this order, none terminating")
    func targets() throws {
        let bundle = try ceremony.hold()
        let delegations = try #require(bundle.targets.payload.delegations)

        #expect(bundle.targets.payload.targets.isEmpty)
        #expect(delegations.roles.map(\.name) == ["claimed", "recently-claimed", "unclaimed"])
        for role in delegations.roles {
            #expect(!role.terminating)
            #expect(role.covers(try TargetPath("flask/flask-1.0.tar.gz")))
            #expect(!role.covers(try TargetPath("flask")))
        }
        #expect(delegations.roleKeys(of: .claimed)?.threshold == 1)
        #expect(delegations.roleKeys(of: .unclaimed)?.threshold == 2)
        let keyring = try OnlineKeyring(
            directory: bundle.onlineKeysDirectory, passphrase: TestCeremony.onlinePassphrase())
        #expect(
            delegations.roleKeys(of: .recentlyClaimed)?.keyIDs == [keyring[.recentlyClaimed].publicKey.id])
    }

    @Test("claimed is empty; unclaimed delegates to the plan's bins")
    func delegated() throws {
        let bundle = try ceremony.hold()
        let succinct = try #require(bundle.unclaimed.payload.delegations?.succinct)
        let keyring = try OnlineKeyring(
            directory: bundle.onlineKeysDirectory, passphrase: TestCeremony.onlinePassphrase())

        #expect(bundle.claimed.payload.delegations == nil)
        #expect(bundle.claimed.payload.targets.isEmpty)
        #expect(succinct.bitLength == 4)
        #expect(Array(succinct.roleNames).first == "bin-0")
        #expect(Array(succinct.roleNames).last == "bin-f")
        #expect(succinct.keys.keyIDs == [keyring[.bins].publicKey.id])
        #expect(succinct.keys.threshold == 1)
    }

    @Test("the manifest carries the expiry policy, the roles and the root's fingerprint")
    func manifest() throws {
        let bundle = try ceremony.hold()

        #expect(bundle.manifest.created == TestCeremony.now)
        #expect(bundle.manifest.expiry[.snapshot] == 3)
        #expect(bundle.manifest.expiry[.timestamp] == 1)
        #expect(bundle.manifest.expiry[.bins] == 30)
        #expect(bundle.manifest.roles[.root] == bundle.root.payload.roles[.root])
        #expect(bundle.rootFingerprint == Digest.sha256Hex(try ceremony.bytes("metadata/1.root.json")))
        #expect(
            bundle.files.map(\.name) == [
                "1.root.json", "1.targets.json", "1.claimed.json", "1.unclaimed.json",
            ])
        #expect(try bundle.files.first?.bytes == ceremony.bytes("metadata/1.root.json"))
    }

    @Test("the bundle is read without the offline keys, which are stored apart")
    func withoutOfflineKeys() throws {
        let held = try ceremony.hold()
        try FileManager.default.removeItem(atPath: "\(ceremony.directory)/offline-keys")

        let read = try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now)
        #expect(read.manifest == held.manifest)
    }

    @Test("an interruption at any passphrase leaves nothing", arguments: 0...4)
    func interrupted(at question: Int) throws {
        let plan = try CeremonyPlan(yaml: TestCeremony.plan)
        var asked = 0
        func ask() throws(SigningError) -> Passphrase {
            defer { asked += 1 }
            guard asked < question else { throw .promptInterrupted }
            return try TestCeremony.onlinePassphrase()
        }
        #expect(throws: CeremonyError.signing(.promptInterrupted)) {
            try Ceremony.hold(
                plan: plan, now: TestCeremony.now, directory: ceremony.directory, software: "test",
                cost: .development,
                offlinePassphrase: { _ throws(SigningError) in try ask() }, onlinePassphrase: ask)
        }
        #expect(asked == question + 1)
        #expect(ceremony.contents.isEmpty)
    }

    @Test("a bundle that fails its check, or whose name is taken meanwhile, leaves nothing")
    func failedWrite() throws {
        var files = BundleFiles()
        files["keys/a"] = [1]
        files["b"] = [2]
        let writer = BundleWriter(files: files)
        #expect(throws: CeremonyError.signing(.promptInterrupted)) {
            try writer.write(to: ceremony.directory) { unfinished throws(CeremonyError) in
                #expect(FileManager.default.fileExists(atPath: "\(unfinished)/keys/a"))
                throw .signing(.promptInterrupted)
            }
        }
        #expect(ceremony.contents.isEmpty)

        #expect(throws: CeremonyError.directoryExists(path: ceremony.directory)) {
            try writer.write(to: ceremony.directory) { _ in mkdir(ceremony.directory, 0o700) }
        }
        #expect(ceremony.contents == ["bundle"])
    }

    @Test("an existing directory is refused before anyone is asked, and left alone")
    func existingDirectory() throws {
        let directory = ceremony.directory
        try ceremony.hold()
        let before = try ceremony.bytes("bundle.json")

        #expect(throws: CeremonyError.directoryExists(path: directory)) {
            try Ceremony.hold(
                plan: try CeremonyPlan(yaml: TestCeremony.plan), now: TestCeremony.now, directory: directory,
                software: "test", cost: .development,
                offlinePassphrase: { _ throws(SigningError) in
                    Issue.record("asked for a passphrase")
                    throw .promptInterrupted
                }, onlinePassphrase: TestCeremony.onlinePassphrase)
        }
        #expect(try ceremony.bytes("bundle.json") == before)
    }

    @Test("a missing parent directory is refused by the system's error")
    func missingParent() throws {
        let directory = "\(ceremony.parent)/missing/bundle"
        #expect(throws: CeremonyError.signing(.file(path: directory, operation: .create, errno: ENOENT))) {
            try Ceremony.hold(
                plan: try CeremonyPlan(yaml: TestCeremony.plan), now: TestCeremony.now, directory: directory,
                software: "test", cost: .development, offlinePassphrase: TestCeremony.offlinePassphrase,
                onlinePassphrase: TestCeremony.onlinePassphrase)
        }
    }
}
