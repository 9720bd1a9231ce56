/// Reads the expanded bytes of a gzip file in order, with limits.
///
/// The file must be one member and nothing else: some readers stop after the first, others read on.
struct GzipReader {
    private let file: ArchiveFile
    private let limits: ArchiveLimits
    private let inflater: Inflater
    private var offset = 0
    private var expanded = 0
    private var buffer: [UInt8] = []
    private var position = 0

    static let magic: [UInt8] = [0x1F, 0x8B]

    init(file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) {
        self.file = file
        self.limits = limits
        inflater = try Inflater(format: .gzip, corrupt: .tar(.corruptGzip))
    }

    /// Bytes expanded so far.
    var totalExpanded: Int { expanded }

    /// Reads `count` bytes; fewer only at the end.
    ///
    /// - Throws: `.tar(.corruptGzip)`, `.tar(.trailingData)` after the member, limits, `.unreadable`.
    mutating func read(_ count: Int) throws(ArchiveError) -> ArraySlice<UInt8> {
        while buffer.count - position < count, try refill() {}
        let end = min(buffer.count, position + count)
        defer { position = end }
        return buffer[position..<end]
    }

    /// Passes over `count` bytes.
    ///
    /// - Returns: false when the data ended before.
    mutating func skip(_ count: Int) throws(ArchiveError) -> Bool {
        var left = count
        while left > 0 {
            let piece = try read(min(left, Inflater.chunkBytes)).count
            if piece == 0 { return false }
            left -= piece
        }
        return true
    }

    /// - Returns: false at the end.
    private mutating func refill() throws(ArchiveError) -> Bool {
        if inflater.isFinished {
            guard offset == file.size else { throw .tar(.trailingData) }
            return false
        }
        let chunk = try file.read(at: offset, upTo: Inflater.chunkBytes)
        guard !chunk.isEmpty else { throw .tar(.corruptGzip) }
        buffer.removeSubrange(..<position)
        position = 0
        // A chunk expands to at most about a thousand times its size, so this stays in the tens of MiB.
        var produced: [UInt8] = []
        let consumed = try inflater.feed(chunk) { bytes in
            produced.append(contentsOf: bytes)
            return true
        }
        buffer += produced
        offset += consumed
        expanded += produced.count
        try limits.check(expanded: expanded, archiveSize: file.size)
        return true
    }
}
