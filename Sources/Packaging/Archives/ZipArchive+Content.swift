import CZlib

extension ZipArchive {
    /// Streams the expanded bytes of an entry, in pieces; its size and CRC have been checked when this returns.
    ///
    /// Call after `checkFraming()`.
    ///
    /// - Throws: `.zip(.corruptData)`, `.unreadable`, and what `body` throws.
    func stream(_ entry: ZipEntry, _ body: (UnsafeRawBufferPointer) -> Void) throws(ArchiveError) {
        let corrupt = ArchiveError.zip(.corruptData(entry.name.text))
        var checksum = crc32(0, nil, 0)
        var produced = 0
        let inflater = entry.method == .stored ? nil : try Inflater(format: .raw, corrupt: corrupt)

        var offset = entry.dataOffset
        let end = offset + entry.compressedSize
        func emit(_ bytes: UnsafeRawBufferPointer) -> Bool {
            produced += bytes.count
            guard produced <= entry.size else { return false }
            checksum = crc32(
                checksum, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(bytes.count))
            body(bytes)
            return true
        }
        while offset < end {
            let chunk = try file.read(at: offset, upTo: min(Inflater.chunkBytes, end - offset))
            guard !chunk.isEmpty else { throw corrupt }
            offset += chunk.count
            if let inflater {
                let consumed = try inflater.feed(chunk, emit)
                guard consumed == chunk.count else { throw corrupt }
            } else {
                guard chunk.withUnsafeBytes(emit) else { throw corrupt }
            }
        }
        guard inflater?.isFinished ?? true, produced == entry.size,
            UInt32(truncatingIfNeeded: checksum) == entry.crc
        else { throw corrupt }
    }

    /// The expanded bytes of an entry.
    ///
    /// - Returns: nil when they are more than `limit`.
    func content(of entry: ZipEntry, limit: Int) throws(ArchiveError) -> [UInt8]? {
        guard entry.size <= limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entry.size)
        try stream(entry) { bytes.append(contentsOf: $0) }
        return bytes
    }
}
