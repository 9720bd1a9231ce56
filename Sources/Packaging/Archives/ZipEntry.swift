/// One file or directory of a ZIP archive, as the central directory describes it.
struct ZipEntry {
    enum Method { case stored, deflated, unsupported }

    let name: ArchivePath
    let flags: Int
    let methodCode: Int
    let crc: UInt32
    let compressedSize: Int
    let size: Int
    let headerOffset: Int
    /// The upper half of the external attributes: a Unix mode, or 0.
    let unixMode: Int

    /// Where the data begin; set by the walk over the local headers.
    var dataOffset = 0

    var isDirectory: Bool { name.text.utf8.last == "/" }

    var method: Method {
        switch methodCode {
        case 0: .stored
        case 8: .deflated
        default: .unsupported
        }
    }
}

/// Flags of an entry (APPNOTE §4.4.4).
enum ZipFlags {
    static let encrypted = 1 << 0
    static let dataDescriptor = 1 << 3
    static let patched = 1 << 5
    static let strongEncryption = 1 << 6
    static let utf8 = 1 << 11
    static let maskedHeader = 1 << 13

    static let anyEncryption = encrypted | strongEncryption | maskedHeader
    /// Flags that change what a reader gets, and so must agree in both headers.
    static let significant = anyEncryption | dataDescriptor | patched | utf8
}

/// Signatures and fixed sizes of the records (APPNOTE §4.3).
enum ZipRecord {
    static let local: [UInt8] = [0x50, 0x4B, 3, 4]
    static let central: [UInt8] = [0x50, 0x4B, 1, 2]
    static let end: [UInt8] = [0x50, 0x4B, 5, 6]
    static let end64: [UInt8] = [0x50, 0x4B, 6, 6]
    static let end64Locator: [UInt8] = [0x50, 0x4B, 6, 7]

    static let localBytes = 30
    static let centralBytes = 46
    static let endBytes = 22
    static let end64Bytes = 56
    static let end64LocatorBytes = 20
    static let maxCommentBytes = 0xFFFF

    /// A 32-bit field whose value is in the ZIP64 extra; 16-bit fields use 0xFFFF.
    static let inZip64 = 0xFFFF_FFFF
    static let inZip64Short = 0xFFFF
}

/// The extra fields we read (APPNOTE §4.5).
enum ZipExtra {
    static let zip64 = 0x0001
    static let unicodePath = 0x7075

    /// Splits the extra data of a header.
    ///
    /// - Throws: `.malformed` for a field that overruns, `.duplicateExtra` for a second ZIP64 or Unicode path.
    static func fields(of bytes: ArraySlice<UInt8>) throws(ArchiveError) -> [(
        id: Int, data: ArraySlice<UInt8>
    )] {
        var reader = LittleEndianFields(bytes)
        var fields: [(id: Int, data: ArraySlice<UInt8>)] = []
        while reader.remaining > 0 {
            let id = try reader.uint16()
            let data = try reader.take(try reader.uint16())
            if id == zip64 || id == unicodePath, fields.contains(where: { $0.id == id }) {
                throw .zip(.duplicateExtra)
            }
            fields.append((id, data))
        }
        return fields
    }

    /// Refuses a Unicode path (Info-ZIP's) that renames the entry: readers differ on whether it counts.
    static func checkUnicodePath(
        in fields: [(id: Int, data: ArraySlice<UInt8>)], against name: ArraySlice<UInt8>
    ) throws(ArchiveError) {
        guard let field = fields.first(where: { $0.id == unicodePath }) else { return }
        var reader = LittleEndianFields(field.data)
        try reader.skip(5)  // version, CRC of the name it replaces
        let path = try reader.take(reader.remaining)
        guard path.elementsEqual(name) else { throw .zip(.unicodePathDiffers) }
    }
}
