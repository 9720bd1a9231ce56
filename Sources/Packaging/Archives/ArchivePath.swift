/// The name of a file in an archive, compared byte by byte.
///
/// `String` would not do: it takes composed and decomposed accents for the same, file systems do not.
struct ArchivePath: Hashable, Comparable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    init(stringLiteral text: String) {
        self.init(text)
    }

    static func == (left: ArchivePath, right: ArchivePath) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    static func < (left: ArchivePath, right: ArchivePath) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8.max)
    }

    /// The components of a path that stays below the directory it is unpacked in, on every system.
    ///
    /// - Returns: nil for absolute paths, drive letters, backslashes, control characters, and empty, `.` or
    ///   `..` components; one `/` at the end is allowed.
    var safeComponents: [Substring]? {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != "\\" }) else { return nil }
        let path = bytes.last == "/" ? bytes.dropLast() : bytes[...]
        let components = path.split(separator: UInt8(character: "/"), omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !hasDriveLetter else {
            return nil
        }
        return components
    }

    private var hasDriveLetter: Bool {
        let start = Array(text.utf8.prefix(2))
        return start.count == 2 && start[0].isLetter && start[1] == ":"
    }
}
