/// How much of an archive we are willing to read. All but the ratio are our own limits.
package struct ArchiveLimits: Hashable, Sendable {
    /// Bytes all files of the archive may expand to.
    package var maxExpandedBytes = 10 << 30
    /// Files, directories and links in one archive.
    package var maxEntries = 100_000
    /// Bytes of all names in one archive: a ZIP central directory, or the names of tar members.
    package var maxNameBytes = 32 << 20
    /// Bytes of METADATA, PKG-INFO, WHEEL or `entry_points.txt`.
    package var maxMetadataBytes = 8 << 20
    /// Bytes of RECORD.
    package var maxRecordBytes = 32 << 20

    package static let `default` = ArchiveLimits()

    package init() {}

    /// How many times its own size an archive may expand to, once that passes `ratioFreeBytes` (Warehouse's).
    static let maxRatio = 50
    static let ratioFreeBytes = 64 << 20

    /// - Parameter expanded: bytes, so far or declared.
    /// - Throws: `.compressionRatio`, `.expandsBeyond`.
    func check(expanded: Int, archiveSize: Int) throws(ArchiveError) {
        if expanded > Self.ratioFreeBytes, expanded / Self.maxRatio >= max(archiveSize, 1) {
            // Equal quotients still differ by a remainder: exactly 50 times is allowed.
            guard expanded == archiveSize * Self.maxRatio else { throw .compressionRatio }
        }
        guard expanded <= maxExpandedBytes else { throw .expandsBeyond(limit: maxExpandedBytes) }
    }
}
