import Foundation
import Signing
import TUF

@testable import Ceremony

/// A directory of a test's own, and a cheap ceremony in it.
final class TestCeremony: Sendable {
    static let now = MetadataTime(secondsSinceEpoch: 1_767_225_600)  // 2026-01-01T00:00:00Z
    static let plan = """
        root: {holders: [alice, bob, carol]}
        targets: {holders: [alice, bob]}
        claimed: {holders: [bob, dave], threshold: 1}
        unclaimed: {holders: [carol, dave]}
        bins: 16
        expires_after_days: {snapshot: 3}
        """

    let parent: String
    var directory: String { "\(parent)/bundle" }

    init() throws {
        parent = FileManager.default.temporaryDirectory.path + "/ceremony-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: parent) }

    static func offlinePassphrase(_ holder: HolderName) throws(SigningError) -> Passphrase {
        try Passphrase(bytes: Array("offline \(holder)".utf8))
    }

    static func onlinePassphrase() throws(SigningError) -> Passphrase {
        try Passphrase(bytes: Array("online".utf8))
    }

    @discardableResult
    func hold() throws(CeremonyError) -> CeremonyBundle {
        let plan: CeremonyPlan
        do { plan = try CeremonyPlan(yaml: Self.plan) } catch { throw .plan(error) }
        return try Ceremony.hold(
            plan: plan, now: Self.now, directory: directory, software: "test",
            cost: .development,
            offlinePassphrase: Self.offlinePassphrase, onlinePassphrase: Self.onlinePassphrase)
    }

    /// Everything in the parent directory, as paths, sorted.
    var contents: [String] {
        (FileManager.default.enumerator(atPath: parent)?.compactMap { $0 as? String } ?? []).sorted()
    }

    func key(of holder: String) throws -> SecretKey {
        try KeyFile(reading: "\(directory)/offline-keys/\(holder).key").open(
            with: Self.offlinePassphrase(HolderName(holder)))
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)")))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }

    /// Replaces a metadata file, and its hash in the manifest, as someone would who may write to the bundle.
    func replace(_ name: String, with bytes: [UInt8]) throws {
        try write("metadata/\(name)", bytes)
        let old = try BundleManifest(parsing: try self.bytes("bundle.json"))
        try write(
            "bundle.json",
            BundleManifest(
                created: old.created, binBitLength: old.binBitLength, binPrefix: old.binPrefix,
                expiry: old.expiry, roles: old.roles, holders: old.holders,
                metadata: old.metadata.merging([name: Digest.sha256Hex(bytes)]) { $1 }
            ).encoded())
    }
}
