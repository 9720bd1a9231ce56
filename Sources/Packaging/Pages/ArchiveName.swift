/// Which filenames on a page installers look at.
enum ArchiveName {
    /// - Source: pip, `utils/filetypes.py`.
    private static let extensions = [
        ".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz",
        ".tar.lzma",
    ]

    /// Whether a file of this name can be a distribution, and the name is plain: what a client writes to disk under
    /// it stays in the folder where it is put, and can be seen there.
    static func isPlain(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && name.utf8.first != UInt8(character: ".")
            && extensions.contains { name.utf8.count > $0.utf8.count && name.hasSuffix($0) }
            && name.unicodeScalars.allSatisfy { scalar in
                let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                return scalar != "/" && scalar != "\\" && !isControl
            }
    }
}
