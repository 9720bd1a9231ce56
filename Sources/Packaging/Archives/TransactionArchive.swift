/// The ZIP archive of a project transaction: `metadata/` and `targets/` (PEP 480, "Snapshot Process").
package struct TransactionArchive {
    package struct Entry {
        package let name: String
        /// Bytes once expanded, as the archive says; reading holds it to that.
        package let size: Int
        fileprivate let entry: ZipEntry
    }

    /// Files, in the archive's order; folders are left out.
    package let entries: [Entry]
    private let archive: ZipArchive

    /// - Parameter descriptor: of a regular file; stays the caller's.
    /// - Throws: ``UploadRefusal`` for what no two readers would read alike.
    package init(descriptor: Int32) throws(UploadRefusal) {
        archive = try reading { () throws(ArchiveError) in
            var archive = try ZipArchive(file: ArchiveFile(descriptor: descriptor), limits: .default)
            try archive.checkFraming()
            return archive
        }
        entries = archive.directory.entries.filter { !$0.isDirectory }.map {
            Entry(name: $0.name.text, size: $0.size, entry: $0)
        }
    }

    /// - Returns: nil for more bytes than `limit`.
    package func content(of entry: Entry, limit: Int) throws(UploadRefusal) -> [UInt8]? {
        try reading { () throws(ArchiveError) in try archive.content(of: entry.entry, limit: limit) }
    }

    package func stream(
        _ entry: Entry, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(UploadRefusal) {
        try reading { () throws(ArchiveError) in try archive.stream(entry.entry, body) }
    }
}
