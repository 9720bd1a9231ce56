import CanonicalJSON
import Foundation
import Signing
import TUF
import Testing

@testable import Ceremony

@Suite("Backup of a ceremony")
struct CeremonyBackupTests {
    let ceremony: TestCeremony

    init() throws {
        ceremony = try TestCeremony()
        try ceremony.hold()
    }

    private var path: String { "\(ceremony.parent)/backup" }
    private var restored: String { "\(ceremony.parent)/restored" }

    private static func passphrase() throws(SigningError) -> Passphrase {
        try Passphrase(bytes: Array("backup".utf8))
    }

    @discardableResult
    private func backUp(_ extent: CeremonyBackup.Extent = .everything) throws -> [HolderName] {
        try CeremonyBackup.write(
            ceremony.directory, to: path, extent, cost: .development, passphrase: Self.passphrase)
    }

    @discardableResult
    private func restore() throws -> [HolderName] {
        try CeremonyBackup.restore(path, to: restored, passphrase: Self.passphrase).holders
    }

    /// Seals a content as someone would who knows the passphrase.
    private func seal(_ files: [String: String]) throws {
        let content = JSONValue.object(JSONObject(files.mapValues { .string($0) })).jsonBytes()
        try Data(
            SealedFile(
                sealing: content, format: "bonded-ceremony-backup", passphrase: Self.passphrase(),
                cost: .development
            ).encoded()
        ).write(to: URL(fileURLWithPath: path))
    }

    private func bundleFiles() throws -> [String: String] {
        var files: [String: String] = [:]
        for name in ceremony.contents where name.hasPrefix("bundle/") {
            let path = String(name.dropFirst("bundle/".count))
            guard let bytes = try? ceremony.bytes(path) else { continue }
            files[path] = String(decoding: bytes, as: UTF8.self)
        }
        return files
    }

    private func expectNothingRestored() {
        #expect(!ceremony.contents.contains { $0.contains("restored") })
    }

    @Test("what is restored is the bundle, byte for byte and private")
    func roundTrip() throws {
        #expect(try backUp().map(\.text) == ["alice", "bob", "carol", "dave"])
        #expect(try restore().map(\.text) == ["alice", "bob", "carol", "dave"])

        let names = ceremony.contents.filter { $0.hasPrefix("bundle") }
        #expect(
            ceremony.contents.filter { $0.hasPrefix("restored") }
                == names.map {
                    "restored" + $0.dropFirst("bundle".count)
                })
        for (name, text) in try bundleFiles() {
            let copy = URL(fileURLWithPath: "\(restored)/\(name)")
            #expect(try Data(contentsOf: copy) == Data(text.utf8), "\(name)")
            let mode = try FileManager.default.attributesOfItem(atPath: copy.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("a backup for the index has no holder's key")
    func onlineOnly() throws {
        #expect(try backUp(.onlineOnly).isEmpty)
        #expect(try restore().isEmpty)
        #expect(!ceremony.contents.contains { $0.hasPrefix("restored/offline-keys") })
        _ = try CeremonyBundle(reading: restored, now: TestCeremony.now)
    }

    @Test("holders' keys that were taken away already are told by their absence")
    func takenAway() throws {
        try FileManager.default.removeItem(atPath: "\(ceremony.directory)/offline-keys/bob.key")
        #expect(try backUp().map(\.text) == ["alice", "carol", "dave"])
    }

    @Test("nothing of the bundle can be read in the file, and two backups never look alike")
    func sealed() throws {
        try backUp()
        let first = try Data(contentsOf: URL(fileURLWithPath: path))
        for text in ["alice", "keyid", "root", "fingerprint"] {
            #expect(first.range(of: Data(text.utf8)) == nil)
        }
        try FileManager.default.removeItem(atPath: path)
        try backUp()
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) != first)
    }

    @Test("a wrong passphrase restores nothing")
    func wrongPassphrase() throws {
        try backUp()
        #expect(throws: CeremonyError.signing(.sealedFileNotOpened(path: path))) {
            _ = try CeremonyBackup.restore(
                path, to: restored,
                passphrase: { () throws(SigningError) in try TestCeremony.onlinePassphrase() })
        }
        expectNothingRestored()
    }

    @Test("an altered byte, wherever it is, restores nothing", arguments: [0.0, 0.001, 0.3, 0.999])
    func altered(at place: Double) throws {
        try backUp()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[Int(Double(bytes.count - 1) * place)] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(throws: CeremonyError.self) { try restore() }
        expectNothingRestored()
    }

    @Test(
        "a path that no bundle has is not written, whoever sealed it",
        arguments: [
            "../evil", "/etc/evil", "metadata/../../evil", "offline-keys/../evil.key", "offline-keys/a/b.key",
            "metadata/2.root.json", "offline-keys/.key", "bundle.json/x", "",
        ])
    func unknownPath(name: String) throws {
        try seal(bundleFiles().merging([name: "evil"]) { $1 })
        #expect(throws: CeremonyError.backup(path: path, fault: .unknownFile)) { try restore() }
        #expect(ceremony.contents.filter { !$0.hasPrefix("bundle") } == ["backup"])
    }

    @Test("a bundle that does not verify is neither backed up nor restored")
    func unverified() throws {
        var files = try bundleFiles()
        files["metadata/1.root.json"]! += " "
        try seal(files)
        #expect(throws: CeremonyError.bundle(path: path, fault: .wrongHash(file: "1.root.json"))) {
            try restore()
        }
        files = try bundleFiles()
        files["online-keys/bins.key"] = nil
        try seal(files)
        #expect(throws: CeremonyError.bundle(path: path, fault: .missingFile("online-keys/bins.key"))) {
            try restore()
        }
        expectNothingRestored()

        try FileManager.default.removeItem(atPath: path)
        try ceremony.write("metadata/1.root.json", ceremony.bytes("metadata/1.root.json") + [0x20])
        #expect(
            throws: CeremonyError.bundle(path: ceremony.directory, fault: .wrongHash(file: "1.root.json"))
        ) {
            try backUp()
        }
        #expect(!ceremony.contents.contains("backup"))
    }

    @Test("a holder's key that the manifest does not name for them is neither backed up nor restored")
    func foreignOfflineKey() throws {
        var files = try bundleFiles()
        files["offline-keys/alice.key"] = files["offline-keys/bob.key"]
        try seal(files)
        let fault = BundleFault.offlineKey("offline-keys/alice.key")
        #expect(throws: CeremonyError.bundle(path: path, fault: fault)) { try restore() }
        files = try bundleFiles()
        files["offline-keys/mallory.key"] = files["offline-keys/bob.key"]
        try seal(files)
        #expect(throws: CeremonyError.bundle(path: path, fault: .offlineKey("offline-keys/mallory.key"))) {
            try restore()
        }
        expectNothingRestored()

        try FileManager.default.removeItem(atPath: path)
        try ceremony.write("offline-keys/alice.key", ceremony.bytes("offline-keys/bob.key"))
        #expect(throws: CeremonyError.bundle(path: ceremony.directory, fault: fault)) { try backUp() }
    }

    @Test("a content that is not files is refused", arguments: ["", "[]", "{\"bundle.json\":7}"])
    func notFiles(content: String) throws {
        try Data(
            SealedFile(
                sealing: Array(content.utf8), format: "bonded-ceremony-backup", passphrase: Self.passphrase(),
                cost: .development
            ).encoded()
        ).write(to: URL(fileURLWithPath: path))
        #expect(throws: CeremonyError.backup(path: path, fault: .notFiles)) { try restore() }
    }

    @Test("nothing is overwritten, and links are not followed")
    func noOverwriting() throws {
        try backUp()
        #expect(throws: CeremonyError.signing(.alreadyExists(path: path))) { try backUp() }
        try FileManager.default.createSymbolicLink(atPath: restored, withDestinationPath: "/nowhere")
        #expect(throws: CeremonyError.directoryExists(path: restored)) { try restore() }
        try FileManager.default.removeItem(atPath: restored)
        let link = "\(ceremony.parent)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(throws: CeremonyError.signing(.symbolicLink(path: link))) {
            _ = try CeremonyBackup.restore(link, to: restored, passphrase: Self.passphrase)
        }
    }

    @Test("keys outlive metadata: a bundle that has expired is restored")
    func expired() throws {
        let short = try TestMachines(
            yaml:
                "{root: \(one), targets: \(one), claimed: \(one), unclaimed: \(one), expires_after_days: {root: 1}}"
        )
        let draft = try short.prepare()
        try short.assemble(short.carry(short.sign(draft, "alice"), as: "signed"))
        #expect(throws: CeremonyError.self) { try CeremonyBundle(reading: short.files.directory, now: later) }
        _ = try CeremonyBackup.write(
            short.files.directory, to: path, .everything, cost: .development, passphrase: Self.passphrase)
        try restore()
    }

    private var one: String { "{holders: [alice], threshold: 1}" }
    private var later: MetadataTime { TestCeremony.now.advanced(bySeconds: 2 * 86_400) }
}
