import Glibc
import Synchronization

/// One upload: a private file in `incoming/` that is hashed while it is written, and then either stored
/// under its name or dropped.
///
/// The file holds a lock while the writer lives, so that no sweep takes it for the leftover of a crash.
/// A writer that is neither committed nor discarded discards itself.
package final class BlobWriter: Sendable {
    /// What was written.
    package struct Written: Hashable, Sendable {
        /// Bytes.
        package let size: Int
        package let digests: ContentDigests
    }

    private enum Phase {
        case writing(ContentHasher, size: Int)
        case written(Written)
        case closed
    }

    private let store: BlobStore
    private let file: Descriptor
    private let temporaryName: String
    private let phase: Mutex<Phase>

    init(store: BlobStore) throws(BlobError) {
        let (file, name) = try Self.makePrivateFile(in: store.incoming)
        self.store = store
        self.file = file
        temporaryName = name
        phase = Mutex(.writing(ContentHasher(), size: 0))
    }

    deinit {
        // Nothing is left to remove after a commit; then this fails with ENOENT, as it should.
        unlinkat(store.incoming.number, temporaryName, 0)
    }

    /// Open for positioned reads (`pread`) as long as the writer lives, also before it is finished.
    package var descriptor: Int32 { file.number }

    /// Appends bytes.
    ///
    /// - Throws: `.system` (`ENOSPC`…), after which the upload should be discarded; `.uploadClosed`.
    package func append(_ bytes: [UInt8]) throws(BlobError) {
        try append(bytes[...])
    }

    package func append(_ bytes: ArraySlice<UInt8>) throws(BlobError) {
        let file = file
        let failure: BlobError? = phase.withLock { phase in
            guard case .writing(let hasher, let size) = phase else { return .uploadClosed }
            return bytes.withUnsafeBytes { raw in
                if let failure = writeFully(raw, to: file) { return failure }
                hasher.update(raw)
                phase = .writing(hasher, size: size + raw.count)
                return nil
            }
        }
        if let failure { throw failure }
    }

    /// Ends writing; may be called again.
    ///
    /// - Throws: `.uploadClosed`.
    @discardableResult
    package func finish() throws(BlobError) -> Written {
        let written: Written? = phase.withLock { phase in
            switch phase {
            case .writing(let hasher, let size):
                let written = Written(size: size, digests: hasher.digests())
                phase = .written(written)
                return written
            case .written(let written): return written
            case .closed: return nil
            }
        }
        guard let written else { throw .uploadClosed }
        return written
    }

    /// Stores the file durably under its name. Where the same content is already stored, keeps that one and
    /// starts its time of grace anew.
    ///
    /// - Throws: `.digestMismatch` when the name is not this content's; `.conflict` when other bytes are
    ///   stored under the name (a damaged store); `.notRegularFile`, `.system`, `.uploadClosed`.
    package func commit(as name: BlobName) throws(BlobError) {
        let written = try finish()
        guard written.digests.blake2Hex == name.blake2Hex else {
            throw .digestMismatch(expected: name.blake2Hex, actual: written.digests.blake2Hex)
        }
        try place(as: name, written)
    }

    /// Stores the file durably as the core metadata of another.
    ///
    /// - Returns: the name it was stored under.
    /// - Throws: `.conflict` when other metadata is already stored there; as `commit(as:)` otherwise.
    @discardableResult
    package func commit(asMetadataOf name: BlobName) throws(BlobError) -> BlobName {
        let sidecar = try name.metadataSidecar()
        try place(as: sidecar, try finish())
        return sidecar
    }

    /// Drops the upload; does nothing after a commit.
    package func discard() {
        phase.withLock { $0 = .closed }
        unlinkat(store.incoming.number, temporaryName, 0)
    }

    private func place(as name: BlobName, _ written: Written) throws(BlobError) {
        // Read-only before it has its name: nobody may change what is stored.
        guard fchmod(file.number, 0o440) == 0 else { throw .failed("fchmod") }
        try file.synchronize()
        try store.place(temporaryName, as: name, written)
        discard()
    }

    /// Not `O_TMPFILE`: not every file system has it, and a file with a name can be linked anywhere. The group may read
    /// it, as long as the umask lets it: another process of the group sweeps, and locks what it opens.
    private static func makePrivateFile(
        in incoming: Descriptor
    ) throws(BlobError) -> (Descriptor, String) {
        while true {
            var random = SystemRandomNumberGenerator()
            let name = hex((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
            let number = retryingOnInterrupt {
                openat(
                    incoming.number, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o640))
            }
            if number < 0 {
                guard errno == EEXIST else { throw .failed("create upload") }
                continue
            }
            let file = Descriptor(number: number)
            // A sweep may have seen the file before it was locked; one that is gone is made again.
            if try file.tryExclusiveLock(), try incoming.status(of: name) != nil { return (file, name) }
        }
    }
}

private func writeFully(_ bytes: UnsafeRawBufferPointer, to file: Descriptor) -> BlobError? {
    var offset = 0
    while offset < bytes.count {
        let count = retryingOnInterrupt {
            write(file.number, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
        }
        guard count >= 0 else { return .failed("write upload") }
        offset += count
    }
    return nil
}
