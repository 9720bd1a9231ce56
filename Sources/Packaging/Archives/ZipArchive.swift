/// A ZIP archive in which every reader finds the same files: those that believe the central directory and
/// those that read from the start.
///
/// The local entries must follow each other without gap or overlap from the first byte of the file up to the
/// central directory, and agree with it. Reads by position, keeps only the directory in memory.
///
/// - Source: PKWARE APPNOTE.TXT 6.3.10; Warehouse's `zipfiles.py` for what an index refuses.
struct ZipArchive {
    let file: ArchiveFile
    let limits: ArchiveLimits
    private(set) var directory: ZipDirectory

    /// Reads the central directory, and checks sizes and compression as Warehouse does first.
    ///
    /// - Throws: `.notZip`, `.compressionRatio`, `.expandsBeyond`, `.unsupportedCompression`, `.zip`.
    init(file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) {
        self.file = file
        self.limits = limits
        directory = try ZipDirectory(of: file, limits: limits)

        var expanded = 0
        for entry in directory.entries {
            let (sum, overflow) = expanded.addingReportingOverflow(entry.size)
            guard !overflow else { throw .expandsBeyond(limit: limits.maxExpandedBytes) }
            expanded = sum
        }
        try limits.check(expanded: expanded, archiveSize: file.size)
        for entry in directory.entries where entry.method == .unsupported {
            throw .unsupportedCompression
        }
    }

    func entry(_ name: ArchivePath) -> ZipEntry? {
        directory.indices[name].map { directory.entries[$0] }
    }

    /// Walks the local headers and compares them with the central directory.
    mutating func checkFraming() throws(ArchiveError) {
        var position = 0
        var visited: Set<ArchivePath> = []
        while position < directory.offset {
            let (name, dataOffset, end) = try checkLocalHeader(at: position)
            guard visited.insert(name).inserted else { throw .zip(.duplicateInLocalHeaders) }
            guard let index = directory.indices[name] else { throw .zip(.missingInCentralDirectory) }
            directory.setDataOffset(dataOffset, ofEntry: index)
            position = end
        }
        guard position == directory.offset else { throw .zip(.malformed) }
        if let fault = directory.deferredFault { throw .zip(fault) }
        for entry in directory.entries where !visited.contains(entry.name) {
            throw .zip(.missingInLocalHeaders)
        }
        for entry in directory.entries { try checkPolicy(entry) }
    }

    private func checkLocalHeader(
        at position: Int
    ) throws(ArchiveError) -> (name: ArchivePath, dataOffset: Int, end: Int) {
        let header = try file.read(at: position, upTo: ZipRecord.localBytes)
        guard header.starts(with: ZipRecord.local) else { throw .zip(.unknownRecordSignature) }
        var fields = LittleEndianFields(header)
        try fields.skip(6)  // signature, version
        let (flags, method) = (try fields.uint16(), try fields.uint16())
        try fields.skip(4)  // time and date
        let crc = UInt32(truncatingIfNeeded: try fields.uint32())
        var (compressedSize, size) = (try fields.uint32(), try fields.uint32())
        let (nameBytes, extraBytes) = (try fields.uint16(), try fields.uint16())

        let variable = try file.read(at: position + ZipRecord.localBytes, upTo: nameBytes + extraBytes)
        var tail = LittleEndianFields(variable)
        let rawName = try tail.take(nameBytes)
        let extra = try ZipExtra.fields(of: try tail.take(extraBytes))
        try ZipExtra.checkUnicodePath(in: extra, against: rawName)
        if let zip64 = extra.first(where: { $0.id == ZipExtra.zip64 }) {
            try applyZip64(zip64.data, stored: method == 0, &compressedSize, &size)
        }
        guard flags & ZipFlags.dataDescriptor == 0 else { throw .zip(.dataDescriptor) }
        let name = try ZipDirectory.name(rawName, flags: flags)
        guard let entry = entry(name) else { throw .zip(.missingInCentralDirectory) }
        guard entry.compressedSize == compressedSize else { throw .zip(.dataSizeMismatch) }
        guard entry.size == size else { throw .zip(.fileSizeMismatch) }

        // Beyond Warehouse: whatever else could make two readers differ.
        guard entry.flags & ZipFlags.significant == flags & ZipFlags.significant else {
            throw .zip(.headerMismatch("flags"))
        }
        guard entry.methodCode == method else { throw .zip(.headerMismatch("compression method")) }
        guard entry.crc == crc else { throw .zip(.headerMismatch("CRC")) }

        let dataOffset = position + ZipRecord.localBytes + variable.count
        let (end, overflow) = dataOffset.addingReportingOverflow(compressedSize)
        guard !overflow, end <= directory.offset else { throw .zip(.malformed) }
        // The directory may list a name twice; then the duplicate is the fault to report, not the offset.
        guard entry.headerOffset == position || directory.deferredFault != nil else {
            throw .zip(.headerMismatch("offset"))
        }
        return (name, dataOffset, end)
    }

    /// Takes sizes from a ZIP64 extra in the lengths that writers produce; Warehouse's rules.
    private func applyZip64(
        _ data: ArraySlice<UInt8>, stored: Bool, _ compressedSize: inout Int, _ size: inout Int
    ) throws(ArchiveError) {
        var fields = LittleEndianFields(data)
        switch data.count {
        case 0:
            guard compressedSize != ZipRecord.inZip64, size != ZipRecord.inZip64 else {
                throw .zip(.malformed)
            }
        case 8:
            // Only one size: enough when the data are stored as they are.
            guard stored else { throw .zip(.malformed) }
            compressedSize = try fields.uint64()
            if size == ZipRecord.inZip64 { size = compressedSize }
        case 16, 24, 28:
            let wideSize = try fields.uint64()
            if size == ZipRecord.inZip64 { size = wideSize }
            compressedSize = try fields.uint64()
        default:
            throw .zip(.malformed)
        }
    }

    private func checkPolicy(_ entry: ZipEntry) throws(ArchiveError) {
        guard entry.flags & ZipFlags.anyEncryption == 0 else { throw .zip(.encrypted) }
        guard entry.flags & ZipFlags.patched == 0 else { throw .unsupportedCompression }
        guard entry.name.safeComponents != nil else { throw .zip(.unsafeFilename(entry.name.text)) }
        switch entry.unixMode & 0o170000 {
        case 0, 0o100000: break
        case 0o040000:
            guard entry.isDirectory else { throw .zip(.notAPlainFile(entry.name.text)) }
        default: throw .zip(.notAPlainFile(entry.name.text))
        }
        if entry.isDirectory || entry.method == .stored {
            guard entry.isDirectory ? entry.size == 0 : entry.size == entry.compressedSize else {
                throw .zip(.dataSizeMismatch)
            }
        }
    }
}
