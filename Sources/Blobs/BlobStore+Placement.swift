import Glibc

extension BlobStore {
    /// Gives a finished, flushed upload its name, and flushes every directory that leads to it.
    func place(
        _ temporaryName: String, as name: BlobName, _ written: BlobWriter.Written
    ) throws(BlobError) {
        while true {
            guard let (path, leaf) = try makeDirectories(of: name) else { continue }
            try leaf.lock(LOCK_SH)
            if linkat(incoming.number, temporaryName, leaf.number, name.filename, 0) != 0 {
                switch errno {
                case EEXIST: try keepExisting(leaf, name, written)
                // A sweep removed the emptied directory between its opening and its lock.
                case ENOENT where try !isReachable(leaf, name): continue
                default: throw .failed("link \(name.path)")
                }
            }
            for directory in [leaf] + path.reversed() { try directory.synchronize() }
            return
        }
    }

    /// - Returns: the directories from the root down and the last one, or nil when a sweep interfered.
    private func makeDirectories(of name: BlobName) throws(BlobError) -> ([Descriptor], Descriptor)? {
        var path: [Descriptor] = []
        var directory = root
        for component in name.directories {
            path.append(directory)
            guard let next = try directory.makeDirectory(component, mode: Self.directoryMode) else {
                return nil
            }
            directory = next
        }
        return (path, directory)
    }

    private func isReachable(_ leaf: Descriptor, _ name: BlobName) throws(BlobError) -> Bool {
        guard let current = try leafDirectory(of: name) else { return false }
        var (held, reached) = (stat(), stat())
        guard fstat(leaf.number, &held) == 0, fstat(current.number, &reached) == 0 else {
            throw .failed("fstat")
        }
        return held.st_ino == reached.st_ino && held.st_dev == reached.st_dev
    }

    /// Accepts the file that already has the name if it has the same content.
    private func keepExisting(
        _ leaf: Descriptor, _ name: BlobName, _ written: BlobWriter.Written
    ) throws(BlobError) {
        guard let existing = try leaf.file(name.filename) else {
            throw .system(operation: "open \(name.path)", code: ENOENT)
        }
        guard existing.status.size == written.size,
            try blake2Hex(of: existing.descriptor) == written.digests.blake2Hex
        else { throw .conflict(path: name.path) }
        guard futimens(existing.descriptor.number, nil) == 0 else { throw .failed("touch \(name.path)") }
        try existing.descriptor.synchronize()
    }

    private func blake2Hex(of file: Descriptor) throws(BlobError) -> String {
        let hasher = ContentHasher()
        var offset = 0
        while true {
            let bytes = try file.read(at: offset, count: 256 * 1024)
            if bytes.isEmpty { return hasher.blake2Hex() }
            bytes.withUnsafeBytes { hasher.updateBlake2($0) }
            offset += bytes.count
        }
    }
}
