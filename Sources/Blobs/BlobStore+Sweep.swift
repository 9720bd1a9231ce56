import Glibc

/// A file found in the store.
package struct StoredBlob: Hashable, Sendable {
    package let name: BlobName
    /// Bytes.
    package let size: Int
    /// When it was stored, or last stored again; microseconds since 1970.
    package let storedAt: Int
}

/// Mark and sweep: list what is stored a part at a time, ask what is still referred to, remove the rest
/// once it is older than any upload that may not have been recorded yet.
extension BlobStore {
    /// The files whose digest begins with this byte, by name: one of 256 parts of the store.
    ///
    /// Skips what does not belong in the store (strangers' files, links) without touching it.
    package func blobs(inPart firstByte: UInt8) throws(BlobError) -> [StoredBlob] {
        let first = hex([firstByte])
        guard let outer = try root.directory(first) else { return [] }
        var found: [StoredBlob] = []
        for second in try outer.entries() where second.utf8.count == 2 {
            guard let inner = try outer.directoryIfPresent(second) else { continue }
            for rest in try inner.entries() {
                guard let leaf = try inner.directoryIfPresent(rest) else { continue }
                for filename in try leaf.entries() {
                    guard let name = try? BlobName(blake2Hex: first + second + rest, filename: filename),
                        let status = try leaf.status(of: filename), status.kind == .regularFile
                    else { continue }
                    found.append(StoredBlob(name: name, size: status.size, storedAt: status.modified))
                }
            }
        }
        return found
    }

    /// Every stored file, a part at a time; holds one part in memory.
    ///
    /// - Throws: what `body` throws, and `BlobError`.
    package func forEachBlob(_ body: (StoredBlob) throws -> Void) throws {
        for part in UInt8.min...UInt8.max {
            for blob in try blobs(inPart: part) { try body(blob) }
        }
    }

    /// Removes a file, unless it was stored, or stored again, at `cutoff` or later.
    ///
    /// - Parameter cutoff: microseconds since 1970; nil removes it whatever its age.
    /// - Returns: whether a file was removed. Readers that have it open keep it.
    /// - Throws: `.notRegularFile` for a link or a directory in its place.
    @discardableResult
    package func remove(_ name: BlobName, storedBefore cutoff: Int? = nil) throws(BlobError) -> Bool {
        guard let leaf = try leafDirectory(of: name) else { return false }
        // Keeps out whoever is about to keep the existing file: it renews the file's time under this lock.
        try leaf.lock(LOCK_EX)
        guard let status = try leaf.status(of: name.filename) else { return false }
        guard status.kind == .regularFile else { throw .notRegularFile(path: name.path) }
        if let cutoff, status.modified >= cutoff { return false }
        guard unlinkat(leaf.number, name.filename, 0) == 0 else { throw .failed("remove \(name.path)") }
        try leaf.synchronize()
        try removeIfEmpty(name)
        return true
    }

    /// Removes what crashed uploads left behind: files in `incoming/` that nobody holds and that were last
    /// written before `cutoff` (microseconds since 1970).
    ///
    /// - Returns: how many were removed.
    @discardableResult
    package func removeAbandonedUploads(lastWrittenBefore cutoff: Int) throws(BlobError) -> Int {
        var removed = 0
        for name in try incoming.entries() {
            guard let status = try incoming.status(of: name), status.kind == .regularFile,
                status.modified < cutoff, let upload = try incoming.file(name),
                try upload.descriptor.tryExclusiveLock()
            else { continue }
            guard unlinkat(incoming.number, name, 0) == 0 || errno == ENOENT else {
                throw .failed("remove upload \(name)")
            }
            removed += 1
        }
        return removed
    }

    private func removeIfEmpty(_ name: BlobName) throws(BlobError) {
        let components = name.directories
        guard let outer = try root.directory(components[0]),
            let inner = try outer.directory(components[1])
        else { return }
        // ENOTEMPTY: the sidecar, or a new file, is still there.
        if unlinkat(inner.number, components[2], AT_REMOVEDIR) == 0 { try inner.synchronize() }
    }
}

extension Descriptor {
    /// As `directory(_:)`, but nil also for anything that is not a directory.
    func directoryIfPresent(_ name: String) throws(BlobError) -> Descriptor? {
        do throws(BlobError) {
            return try directory(name)
        } catch .notRegularFile {
            return nil
        }
    }
}
