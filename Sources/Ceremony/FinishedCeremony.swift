import Signing
import TUF
import TUFRepository

/// A ceremony that enough holders have signed, as the files of its bundle.
struct FinishedCeremony {
    private let files: BundleFiles

    /// - Parameters:
    ///   - keys: the key files that go into the bundle.
    ///   - software: this program and its version, for the transcript.
    ///   - now: when the ceremony ends.
    /// - Throws: `.draft` where a role has too few signatures.
    init(
        _ draft: CeremonyDraft, _ setting: Transcript.Setting, keys: BundleFiles, by software: String,
        now: MetadataTime
    ) throws(CeremonyError) {
        var files = keys
        var hashes: [String: String] = [:]
        var manifest: BundleManifest
        do throws(DraftFault) {
            guard draft.isComplete else {
                throw .incomplete(progress: draft.progress, waitsFor: draft.waitsFor)
            }
            do {
                for role in try draft.signedRoles(now: now) {
                    let name = "\(role.version).\(role.name.text).json"
                    files[BundleFiles.metadata(name)] = role.bytes
                    hashes[name] = Digest.sha256Hex(role.bytes)
                }
            } catch {
                throw .refused(error)
            }
            do { manifest = try draft.facts.manifest(metadata: hashes) } catch { throw .metadata(error) }
        } catch {
            throw .draft(path: nil, fault: error)
        }
        do throws(BundleFault) {
            let transcript = try Transcript(
                of: draft, setting, manifest: manifest, files, by: software, now: now)
            files[BundleFiles.transcript] = Array(transcript.text.utf8)
            manifest.transcript = Digest.sha256Hex(Array(transcript.text.utf8))
            files[BundleFiles.manifest] = manifest.encoded()
        } catch {
            throw .bundle(path: "the bundle", fault: error)
        }
        self.files = files
    }

    /// Verifies the bundle that would be written.
    @discardableResult
    func verify(now: MetadataTime) throws(CeremonyError) -> CeremonyBundle {
        try CeremonyBundle(files, of: "the bundle", at: .now(now))
    }

    /// Writes the bundle, verified, whole or not at all.
    func write(to directory: String, now: MetadataTime) throws(CeremonyError) -> CeremonyBundle {
        try BundleWriter(files: files).write(to: directory) { unfinished throws(CeremonyError) in
            _ = try CeremonyBundle(reading: unfinished, now: now)
        }
        return try CeremonyBundle(reading: directory, now: now)
    }
}
