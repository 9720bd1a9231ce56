import Glibc

/// A directory of files named by their content, shared by any number of processes.
///
/// - Shape: `aa/bb/<60 hex digits>/<filename>` for what is stored, `incoming/` for uploads under way.
/// - A stored file is complete, on disk, read-only and never replaced: it appears in one step (a link to
///   the finished upload) after its bytes are flushed, and the directories are flushed after it.
/// - Locks (`flock`) on the file's directory order storing against sweeping, across processes.
package final class BlobStore: Sendable {
    package let directory: String

    let root: Descriptor
    let incoming: Descriptor

    static let incomingName = "incoming"
    /// The umask narrows it: with 007 a group of processes shares the store.
    static let directoryMode: mode_t = 0o770

    /// Opens the store, making its directory and `incoming/` where they are missing.
    ///
    /// - Throws: `.system`; `.notRegularFile` when `incoming` is not a directory.
    package init(directory: String) throws(BlobError) {
        guard mkdir(directory, Self.directoryMode) == 0 || errno == EEXIST else {
            throw .failed("make directory \(directory)")
        }
        self.directory = directory
        root = try Descriptor.openRoot(directory)
        guard let incoming = try root.makeDirectory(Self.incomingName, mode: Self.directoryMode) else {
            throw .system(operation: "open \(Self.incomingName)", code: ENOENT)
        }
        self.incoming = incoming
    }

    /// Begins an upload into a private file.
    package func makeUpload() throws(BlobError) -> BlobWriter {
        try BlobWriter(store: self)
    }

    /// Stores bytes that are at hand, under their own digest.
    @discardableResult
    package func put(_ bytes: [UInt8], filename: String) throws(BlobError) -> BlobName {
        let name = try BlobName(blake2Hex: ContentDigests(of: bytes).blake2Hex, filename: filename)
        let upload = try makeUpload()
        try upload.append(bytes)
        try upload.commit(as: name)
        return name
    }

    /// Stores a file's core metadata beside it, as `<filename>.metadata`.
    ///
    /// - Throws: `.conflict` when other metadata is already there.
    @discardableResult
    package func putMetadata(_ bytes: [UInt8], beside name: BlobName) throws(BlobError) -> BlobName {
        let upload = try makeUpload()
        try upload.append(bytes)
        return try upload.commit(asMetadataOf: name)
    }

    /// Opens a stored file for reading.
    ///
    /// - Returns: nil when it is not stored.
    /// - Throws: `.notRegularFile` when a link, or anything but a regular file, stands in its place.
    package func open(_ name: BlobName) throws(BlobError) -> OpenBlob? {
        guard let leaf = try leafDirectory(of: name), let found = try leaf.file(name.filename) else {
            return nil
        }
        return OpenBlob(descriptor: found.descriptor, size: found.status.size)
    }

    /// The whole content of a stored file.
    ///
    /// - Returns: nil when it is not stored, or when it is larger than `limit` bytes.
    package func read(_ name: BlobName, limit: Int) throws(BlobError) -> [UInt8]? {
        guard let blob = try open(name), blob.size <= limit else { return nil }
        return try blob.readAll()
    }

    func leafDirectory(of name: BlobName) throws(BlobError) -> Descriptor? {
        var directory = root
        for component in name.directories {
            guard let next = try directory.directory(component) else { return nil }
            directory = next
        }
        return directory
    }
}
