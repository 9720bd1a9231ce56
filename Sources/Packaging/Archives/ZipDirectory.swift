/// The central directory of a ZIP archive, found from the end of the file as Python's `zipfile` finds it.
struct ZipDirectory {
    /// In the directory's order.
    private(set) var entries: [ZipEntry] = []
    /// The entry a reader gets for a name: the last, where there are several.
    private(set) var indices: [ArchivePath: Int] = [:]
    /// Where the first record of the directory starts; the local entries fill everything before it.
    let offset: Int
    /// What is wrong with the directory, but is only said once the local headers are known to be sound,
    /// because Warehouse checks in that order.
    private(set) var deferredFault: ZipFault?

    private struct End {
        var records: Int
        var size: Int
        var offset: Int
    }

    /// - Throws: `.notZip` when there is no end record, `.zip`, `.unreadable`.
    init(of file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) {
        guard let endOffset = try Self.locateEnd(in: file) else { throw .notZip }
        let (end, directoryEnd) = try Self.readEnd(of: file, at: endOffset)
        guard end.records <= limits.maxEntries, end.size <= limits.maxNameBytes else {
            throw .zip(.tooManyEntries(limit: limits.maxEntries))
        }
        let start = directoryEnd - end.size
        guard start >= 0, start == end.offset else { throw try Self.misplaced(in: file) }
        offset = start
        try readRecords(file.read(at: start, upTo: end.size), count: end.records)
    }

    /// Whether a lenient reader would take the file for a ZIP archive, whatever precedes it.
    static func isPresent(in file: ArchiveFile) throws(ArchiveError) -> Bool {
        guard let position = try locateEnd(in: file) else { return false }
        var fields = LittleEndianFields(try file.read(at: position, upTo: ZipRecord.endBytes))
        do throws(ArchiveError) {
            try fields.skip(10)
            let (records, size) = (try fields.uint16(), try fields.uint32())
            if records == 0 { return size == 0 }
            if try file.read(at: position - size, upTo: 4) == ZipRecord.central { return true }
            let locator = position - ZipRecord.end64LocatorBytes
            return try file.read(at: locator, upTo: 4) == ZipRecord.end64Locator
        } catch {
            guard case .zip = error else { throw error }
            return false
        }
    }

    /// The offset of the end record: the last signature in the file's tail that leaves room for a record.
    private static func locateEnd(in file: ArchiveFile) throws(ArchiveError) -> Int? {
        let reach = ZipRecord.endBytes + ZipRecord.maxCommentBytes
        let start = max(0, file.size - reach)
        let tail = try file.read(at: start, upTo: reach)
        guard tail.count >= ZipRecord.endBytes else { return nil }
        // Without a comment the record ends the file; that one wins whatever its own fields contain.
        let plain = tail.count - ZipRecord.endBytes
        if tail[plain...].starts(with: ZipRecord.end), tail.suffix(2).elementsEqual([0, 0]) {
            return start + plain
        }
        var position = plain
        while position >= 0 {
            if tail[position] == ZipRecord.end[0], tail[position...].starts(with: ZipRecord.end) {
                return start + position
            }
            position -= 1
        }
        return nil
    }

    /// Reads the end record and, where there is one, the ZIP64 end record.
    ///
    /// - Returns: the totals, and where the central directory must end.
    private static func readEnd(
        of file: ArchiveFile, at position: Int
    ) throws(ArchiveError) -> (End, directoryEnd: Int) {
        var fields = LittleEndianFields(try file.read(at: position, upTo: ZipRecord.endBytes))
        try fields.skip(4)
        let (disk, directoryDisk) = (try fields.uint16(), try fields.uint16())
        let (recordsHere, records) = (try fields.uint16(), try fields.uint16())
        let (size, offset, comment) = (try fields.uint32(), try fields.uint32(), try fields.uint16())
        guard recordsHere == records else { throw .zip(.malformed) }
        let recordEnd = position + ZipRecord.endBytes + comment
        guard recordEnd <= file.size else { throw .zip(.malformed) }
        guard recordEnd == file.size else { throw .zip(.trailingData) }

        let plain = End(records: records, size: size, offset: offset)
        guard let end64 = try readEnd64(of: file, before: position) else {
            guard disk == 0, directoryDisk == 0 else { throw .zip(.severalDisks) }
            return (plain, position)
        }
        // Readers that know no ZIP64 must see the same archive, or see that they cannot read it.
        guard [0, ZipRecord.inZip64Short].contains(disk),
            [0, ZipRecord.inZip64Short].contains(directoryDisk)
        else { throw .zip(.severalDisks) }
        guard records == end64.records || records == ZipRecord.inZip64Short,
            size == end64.size || size == ZipRecord.inZip64,
            offset == end64.offset || offset == ZipRecord.inZip64
        else { throw .zip(.malformed) }
        return (end64, position - ZipRecord.end64LocatorBytes - ZipRecord.end64Bytes)
    }

    private static func readEnd64(of file: ArchiveFile, before position: Int) throws(ArchiveError) -> End? {
        let locatorOffset = position - ZipRecord.end64LocatorBytes
        let locatorBytes = try file.read(at: locatorOffset, upTo: ZipRecord.end64LocatorBytes)
        guard locatorBytes.starts(with: ZipRecord.end64Locator) else { return nil }
        var locator = LittleEndianFields(locatorBytes)
        try locator.skip(4)
        let (disk, offset, disks) = (try locator.uint32(), try locator.uint64(), try locator.uint32())
        guard disk == 0, disks <= 1 else { throw .zip(.severalDisks) }

        let record = try file.read(at: offset, upTo: ZipRecord.end64Bytes)
        guard record.starts(with: ZipRecord.end64) else { throw .zip(.malformed) }
        var fields = LittleEndianFields(record)
        try fields.skip(4)
        let recordSize = try fields.uint64()
        try fields.skip(4)
        let (thisDisk, directoryDisk) = (try fields.uint32(), try fields.uint32())
        let (recordsHere, records) = (try fields.uint64(), try fields.uint64())
        let end = End(records: records, size: try fields.uint64(), offset: try fields.uint64())
        guard recordSize == ZipRecord.end64Bytes - 12 else { throw .zip(.zip64ExtensibleData) }
        guard offset == locatorOffset - ZipRecord.end64Bytes else { throw .zip(.malformed) }
        guard thisDisk == 0, directoryDisk == 0 else { throw .zip(.severalDisks) }
        guard recordsHere == records else { throw .zip(.malformed) }
        return end
    }

    /// Says why the directory is not where the end record says: something stands before the archive, or
    /// the record is wrong.
    private static func misplaced(in file: ArchiveFile) throws(ArchiveError) -> ArchiveError {
        let start = try file.read(at: 0, upTo: 4)
        let known = [ZipRecord.local, ZipRecord.central, ZipRecord.end, ZipRecord.end64].contains(start)
        return .zip(known ? .centralDirectoryOffset : .unknownRecordSignature)
    }

    private mutating func readRecords(_ bytes: [UInt8], count: Int) throws(ArchiveError) {
        var reader = LittleEndianFields(bytes)
        entries.reserveCapacity(count)
        var read = 0
        while reader.remaining > 0 {
            let entry = try readRecord(&reader)
            read += 1
            if indices.updateValue(entries.count, forKey: entry.name) != nil {
                deferredFault = deferredFault ?? .duplicateInCentralDirectory
            }
            entries.append(entry)
            guard read <= count else { throw .zip(.recordCountMismatch) }
        }
        guard read == count else { throw .zip(.recordCountMismatch) }
    }

    private mutating func readRecord(_ reader: inout LittleEndianFields) throws(ArchiveError) -> ZipEntry {
        guard try reader.take(4).elementsEqual(ZipRecord.central) else { throw .zip(.unknownRecordSignature) }
        try reader.skip(4)  // versions
        let (flags, method) = (try reader.uint16(), try reader.uint16())
        try reader.skip(4)  // time and date
        let crc = UInt32(truncatingIfNeeded: try reader.uint32())
        var (compressedSize, size) = (try reader.uint32(), try reader.uint32())
        let (nameBytes, extraBytes) = (try reader.uint16(), try reader.uint16())
        let (commentBytes, disk) = (try reader.uint16(), try reader.uint16())
        try reader.skip(2)  // internal attributes
        let attributes = try reader.uint32()
        var offset = try reader.uint32()
        let name = try reader.take(nameBytes)
        let extra = try ZipExtra.fields(of: try reader.take(extraBytes))
        try reader.skip(commentBytes)
        if commentBytes > 0 { deferredFault = deferredFault ?? .centralDirectoryComment }
        guard disk == 0 || disk == ZipRecord.inZip64Short else { throw .zip(.severalDisks) }

        try ZipExtra.checkUnicodePath(in: extra, against: name)
        if let zip64 = extra.first(where: { $0.id == ZipExtra.zip64 }) {
            var fields = LittleEndianFields(zip64.data)
            if size == ZipRecord.inZip64 { size = try fields.uint64() }
            if compressedSize == ZipRecord.inZip64 { compressedSize = try fields.uint64() }
            if offset == ZipRecord.inZip64 { offset = try fields.uint64() }
        }
        return ZipEntry(
            name: try Self.name(name, flags: flags), flags: flags, methodCode: method, crc: crc,
            compressedSize: compressedSize, size: size, headerOffset: offset, unixMode: attributes >> 16)
    }

    /// A name as text. Without the UTF-8 flag readers take it for code page 437, so then only ASCII will do.
    static func name(_ bytes: ArraySlice<UInt8>, flags: Int) throws(ArchiveError) -> ArchivePath {
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .zip(.invalidCharacterInFilename) }
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .zip(.filenameNotUnicode) }
        guard flags & ZipFlags.utf8 != 0 || bytes.allSatisfy({ $0 < 0x80 }) else {
            throw .zip(.missingInCentralDirectory)
        }
        return ArchivePath(name)
    }

    /// Records where an entry's data begin.
    mutating func setDataOffset(_ offset: Int, ofEntry index: Int) {
        guard entries.indices.contains(index) else { return }
        entries[index].dataOffset = offset
    }
}
