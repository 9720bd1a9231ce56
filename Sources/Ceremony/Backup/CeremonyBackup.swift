import CanonicalJSON
package import Signing
import TUF

/// A bundle as one file under a passphrase, for media that are stored away.
///
/// The content is a JSON object, `{path below the bundle: text}`; all files of a bundle are UTF-8 text.
package enum CeremonyBackup {
    /// How much of a bundle to keep (PEP 458, "Managing offline keys").
    package enum Extent {
        /// With the keys of the holders that are there.
        case everything
        /// What the index needs: no holder's key.
        case onlineOnly
    }

    private static let format = "bonded-ceremony-backup"
    /// Our own limit; a bundle has some ten thousand bytes.
    private static let maxFileBytes = 8 << 20
    /// Far more than what stands around the content.
    private static let maxHeaderBytes = 4096

    /// Verifies a bundle and writes its backup to a new file.
    ///
    /// - Parameter passphrase: asked once, when the bundle is known to be right.
    /// - Returns: the holders whose keys it holds.
    /// - Throws: `.bundle`, `.signing`.
    package static func write(
        _ directory: String, to path: String, _ extent: Extent, cost: KeyDerivationCost = .standard,
        passphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) -> [HolderName] {
        var files = try BundleFiles(reading: directory)
        let bundle = try CeremonyBundle(files, of: directory, at: .ceremony)
        let holders =
            switch extent {
            case .everything: try files.readOfflineKeys(of: bundle.manifest.holderNames, below: directory)
            case .onlineOnly: [] as [HolderName]
            }
        try checkOfflineKeys(files, bundle)
        var members: [(String, JSONValue)] = []
        for (name, contents) in files.all {
            guard let text = String(validating: contents, as: UTF8.self) else {
                throw .bundle(path: directory, fault: .notText(name))
            }
            members.append((name, .string(text)))
        }
        let content = JSONValue.object(JSONObject(members)).jsonBytes()
        do throws(SigningError) {
            guard content.count < maxFileBytes - maxHeaderBytes else {
                throw .fileTooLarge(path: path, maxBytes: maxFileBytes)
            }
            let sealed = try SealedFile(
                sealing: content, format: format, passphrase: passphrase(), cost: cost)
            try PrivateFile.create(path, contents: sealed.encoded())
        } catch {
            throw .signing(error)
        }
        return holders
    }

    /// Writes the bundle of a backup to a new directory, verified, whole or not at all.
    ///
    /// Metadata that has expired since is restored: whoever needs a backup needs its keys.
    ///
    /// - Returns: the bundle, and the holders whose keys are in it.
    /// - Throws: `.directoryExists`, `.backup`, `.bundle`, `.signing`.
    package static func restore(
        _ path: String, to directory: String, passphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) -> (bundle: CeremonyBundle, holders: [HolderName]) {
        guard !BundleWriter.isTaken(directory) else { throw .directoryExists(path: directory) }
        let content: [UInt8]
        do throws(SigningError) {
            let bytes = try PrivateFile.bytes(of: path, maxBytes: maxFileBytes, forbidding: .nobody)
            let sealed: SealedFile
            do { sealed = try SealedFile(parsing: bytes, format: format) } catch {
                throw .malformedSealedFile(path: path, fault: error)
            }
            guard let opened = try sealed.open(with: passphrase()) else {
                throw .sealedFileNotOpened(path: path)
            }
            content = opened
        } catch {
            throw .signing(error)
        }
        let files: BundleFiles
        do { files = try self.files(in: content) } catch { throw .backup(path: path, fault: error) }
        try checkOfflineKeys(files, CeremonyBundle(files, of: path, at: .ceremony))

        try BundleWriter(files: files).write(to: directory) { unfinished throws(CeremonyError) in
            _ = try CeremonyBundle(BundleFiles(reading: unfinished), of: unfinished, at: .ceremony)
        }
        let bundle = try CeremonyBundle(BundleFiles(reading: directory), of: directory, at: .ceremony)
        return (bundle, bundle.manifest.holderNames.filter { files[BundleFiles.offlineKey($0)] != nil })
    }

    private static func files(in content: [UInt8]) throws(BackupFault) -> BundleFiles {
        guard let members = (try? JSONValue(parsing: content))?.object?.members else { throw .notFiles }
        var files = BundleFiles()
        for (path, text) in members {
            guard BundleFiles.isKnown(path) else { throw .unknownFile }
            guard let text = text.string else { throw .notFiles }
            files[path] = Array(text.utf8)
        }
        return files
    }

    /// Every holder's key must be the one that the manifest names for them.
    private static func checkOfflineKeys(
        _ files: BundleFiles, _ bundle: CeremonyBundle
    ) throws(CeremonyError) {
        do throws(BundleFault) {
            for (path, _) in files.all where path.hasPrefix("\(BundleFiles.offlineKeys)/") {
                let id = try files.key(at: path).publicKey.id
                guard
                    bundle.manifest.holderNames.contains(where: {
                        BundleFiles.offlineKey($0) == path && bundle.manifest.holders[$0.text] == id
                    })
                else { throw .offlineKey(path) }
            }
        } catch {
            throw .bundle(path: bundle.directory, fault: error)
        }
    }
}

/// Why the content of a backup was refused, although it was sealed with the right passphrase.
package enum BackupFault: Error, Hashable, Sendable {
    /// Not an object of texts.
    case notFiles
    /// A path that no bundle has.
    case unknownFile
}

extension BackupFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFiles: "it does not hold files"
        case .unknownFile: "it holds a file that no bundle has"
        }
    }
}
