import Signing
package import TUF
import TUFRepository

/// What a ceremony made, read from its directory and verified: signatures, thresholds, expiry, and that it is what a
/// ceremony makes.
///
/// ```
/// bundle.json
/// metadata/{1.root,1.targets,1.claimed,1.unclaimed}.json
/// online-keys/{timestamp,snapshot,recently-claimed,bins}.key
/// offline-keys/<holder>.key     to be taken away and stored apart; not needed to read the bundle
/// ```
package struct CeremonyBundle: Sendable {
    package let directory: String
    package let manifest: BundleManifest
    package let root: Envelope<Root>
    package let targets: Envelope<Targets>
    package let claimed: Envelope<Targets>
    package let unclaimed: Envelope<Targets>
    package let files: [File]

    /// A signed metadata file, exactly as it is to be published.
    package struct File: Hashable, Sendable {
        package let role: RoleName
        package let version: Int
        package let bytes: [UInt8]
        package var name: String { "\(version).\(role.text).json" }
    }

    /// sha256 of `1.root.json`: what people compare to know that they trust the same root.
    package var rootFingerprint: String { manifest.metadata["1.root.json"] ?? "" }

    /// Where `OnlineKeyring` finds the online keys.
    package var onlineKeysDirectory: String { "\(directory)/\(Self.onlineKeys)" }

    static let metadata = "metadata"
    static let onlineKeys = "online-keys"
    static let offlineKeys = "offline-keys"
    static let manifestName = "bundle.json"

    /// Our own limits.
    private static let maxManifestBytes = 1 << 20
    private static let maxMetadataBytes = 512_000

    /// Reads a bundle and verifies all of it; opens no key, needs no passphrase.
    ///
    /// - Parameter now: expired metadata is refused.
    /// - Throws: `.signing` when a file cannot be read, `.bundle` when one is not what it must be.
    package init(reading directory: String, now: MetadataTime) throws(CeremonyError) {
        func refusal(_ fault: BundleFault) -> CeremonyError { .bundle(path: directory, fault: fault) }
        func read(_ name: String, maxBytes: Int) throws(CeremonyError) -> [UInt8] {
            do {
                return try PrivateFile.bytes(
                    of: "\(directory)/\(name)", maxBytes: maxBytes, forbidding: .nobody)
            } catch {
                throw .signing(error)
            }
        }
        let manifest: BundleManifest
        do {
            manifest = try BundleManifest(parsing: read(Self.manifestName, maxBytes: Self.maxManifestBytes))
        } catch let fault as BundleFault {
            throw refusal(fault)
        } catch let error as CeremonyError {
            throw error
        } catch {
            throw refusal(.manifest(field: "format"))
        }

        var files: [File] = []
        for role in [RoleName.root, .targets, .claimed, .unclaimed] {
            let name = "1.\(role.text).json"
            let bytes = try read("\(Self.metadata)/\(name)", maxBytes: Self.maxMetadataBytes)
            guard manifest.metadata[name] == Digest.sha256Hex(bytes) else {
                throw refusal(.wrongHash(file: name))
            }
            files.append(File(role: role, version: 1, bytes: bytes))
        }

        let verified: VerifiedMetadata
        do {
            verified = try VerifiedMetadata(
                root: files[0].bytes, targets: files[1].bytes, claimed: files[2].bytes,
                unclaimed: files[3].bytes, manifest: manifest, now: now)
        } catch {
            throw refusal(error)
        }
        for role in OnlineRole.allCases {
            let path = "\(directory)/\(Self.onlineKeys)/\(role.fileName)"
            let file: KeyFile
            do { file = try KeyFile(reading: path) } catch { throw .signing(error) }
            guard manifest.roles[role.policyRole]?.keyIDs == [file.publicKey.id] else {
                throw refusal(.onlineKey(role))
            }
        }
        self.directory = directory
        self.manifest = manifest
        self.root = verified.root
        self.targets = verified.targets
        self.claimed = verified.claimed
        self.unclaimed = verified.unclaimed
        self.files = files
    }
}

extension OnlineRole {
    var policyRole: ExpiryPolicy.Role {
        switch self {
        case .timestamp: .timestamp
        case .snapshot: .snapshot
        case .recentlyClaimed: .recentlyClaimed
        case .bins: .bins
        }
    }
}
