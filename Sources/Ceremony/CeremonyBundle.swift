import Signing
package import TUF
import TUFRepository

/// What a ceremony made, read from its directory and verified: signatures, thresholds, expiry, and that it is what a
/// ceremony makes.
///
/// ```
/// bundle.json
/// transcript.txt                 for people, to be printed; not in bundles that are older than transcripts
/// metadata/{1.root,1.targets,1.claimed,1.unclaimed}.json
/// online-keys/{timestamp,snapshot,recently-claimed,bins}.key
/// offline-keys/<holder>.key      of a ceremony on one machine; to be taken away and stored apart
/// ```
package struct CeremonyBundle: Sendable {
    package let directory: String
    package let manifest: BundleManifest
    package let root: Envelope<Root>
    package let targets: Envelope<Targets>
    package let claimed: Envelope<Targets>
    package let unclaimed: Envelope<Targets>
    package let files: [File]
    package let hasTranscript: Bool

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
    package var onlineKeysDirectory: String { "\(directory)/\(BundleFiles.onlineKeys)" }

    /// The moment that metadata must not have expired at.
    enum Moment {
        case now(MetadataTime)
        /// The ceremony's own: for what was stored, since keys outlive the metadata that first named them.
        case ceremony
    }

    /// Reads a bundle and verifies all of it; opens no key, needs no passphrase.
    ///
    /// - Parameter now: expired metadata is refused.
    /// - Throws: `.signing` when a file cannot be read, `.bundle` when one is not what it must be.
    package init(reading directory: String, now: MetadataTime) throws(CeremonyError) {
        try self.init(BundleFiles(reading: directory), of: directory, at: .now(now))
    }

    /// Verifies the files of a bundle.
    ///
    /// - Parameter directory: where they are, or what refusals call them.
    init(_ files: BundleFiles, of directory: String, at moment: Moment) throws(CeremonyError) {
        do throws(BundleFault) {
            let manifest = try BundleManifest(parsing: files.required(BundleFiles.manifest))
            let now =
                switch moment {
                case .now(let now): now
                case .ceremony: manifest.created
                }
            var metadata: [[UInt8]] = []
            for name in BundleFiles.metadataNames {
                let bytes = try files.required(BundleFiles.metadata(name))
                guard manifest.metadata[name] == Digest.sha256Hex(bytes) else {
                    throw .wrongHash(file: name)
                }
                metadata.append(bytes)
            }
            let verified = try VerifiedMetadata(
                root: metadata[0], targets: metadata[1], claimed: metadata[2], unclaimed: metadata[3],
                manifest: manifest, now: now)
            for role in OnlineRole.allCases {
                let key = try files.key(at: BundleFiles.onlineKey(role))
                guard manifest.roles[role.policyRole]?.keyIDs == [key.publicKey.id] else {
                    throw .onlineKey(role)
                }
            }
            try Self.checkTranscript(manifest, files)
            self.directory = directory
            self.manifest = manifest
            root = verified.root
            targets = verified.targets
            claimed = verified.claimed
            unclaimed = verified.unclaimed
            self.files = zip([RoleName.root, .targets, .claimed, .unclaimed], metadata).map {
                File(role: $0, version: 1, bytes: $1)
            }
            hasTranscript = manifest.transcript != nil
        } catch {
            throw .bundle(path: directory, fault: error)
        }
    }

    /// The transcript must be the manifest's, and what it records must be what the bundle holds.
    private static func checkTranscript(
        _ manifest: BundleManifest, _ files: BundleFiles
    ) throws(BundleFault) {
        let transcript = files[BundleFiles.transcript]
        guard manifest.transcript == transcript.map(Digest.sha256Hex) else {
            throw .wrongHash(file: BundleFiles.transcript)
        }
        guard let transcript else { return }
        let record = try Transcript.record(of: manifest, files)
        guard transcript.count > record.utf8.count,
            transcript.suffix(record.utf8.count).elementsEqual(record.utf8)
        else { throw .otherTranscript }
    }
}

extension BundleFiles {
    fileprivate func required(_ path: String) throws(BundleFault) -> [UInt8] {
        guard let bytes = self[path] else { throw .missingFile(path) }
        return bytes
    }

    func key(at path: String) throws(BundleFault) -> KeyFile {
        let bytes = try required(path)
        do { return try KeyFile(parsing: bytes) } catch { throw .keyFile(path, error) }
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
