import Glibc

/// A regular file, read by position through a descriptor that stays the caller's.
struct ArchiveFile {
    let descriptor: Int32
    /// Bytes.
    let size: Int

    /// - Throws: `.unreadable`.
    init(descriptor: Int32) throws(ArchiveError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(code: errno) }
        self.descriptor = descriptor
        self.size = Int(status.st_size)
    }

    /// Reads `count` bytes at `offset`; fewer only at the end of the file.
    ///
    /// - Throws: `.unreadable`.
    func read(at offset: Int, upTo count: Int) throws(ArchiveError) -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        let wanted = min(count, size - offset)
        var failure: ArchiveError?
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while filled < wanted {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, wanted - filled,
                    off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = .unreadable(code: errno) }
                if got <= 0 { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
