/// The name of a stored file: the BLAKE2b-256 digest of the content it belongs to, and its filename.
///
/// - Shape: `path` is `aa/bb/<60 hex digits>/<filename>`, the last part of Warehouse's file URLs.
///   A `.metadata` sidecar carries the digest of the file it describes, not its own.
package struct BlobName: Hashable, Sendable {
    /// 64 lowercase hexadecimal digits.
    package let blake2Hex: String
    package let filename: String

    /// - Throws: `.invalidDigest`, `.invalidFilename`.
    package init(blake2Hex: String, filename: String) throws(BlobError) {
        guard blake2Hex.utf8.count == 64, blake2Hex.utf8.allSatisfy(isLowercaseHex) else {
            throw .invalidDigest(blake2Hex)
        }
        guard isSafeFilename(filename) else { throw .invalidFilename(filename) }
        self.blake2Hex = blake2Hex
        self.filename = filename
    }

    /// Reads `aa/bb/<60 hex digits>/<filename>`.
    ///
    /// - Throws: `.invalidDigest`, `.invalidFilename`.
    package init(path: String) throws(BlobError) {
        let parts = path.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].utf8.count == 2, parts[1].utf8.count == 2 else {
            throw .invalidDigest(path)
        }
        try self.init(blake2Hex: "\(parts[0])\(parts[1])\(parts[2])", filename: String(parts[3]))
    }

    package var path: String { (directories + [filename]).joined(separator: "/") }

    /// The name of the core metadata file kept beside this file (PEP 658).
    ///
    /// - Throws: `.invalidFilename` when the longer name passes 255 bytes.
    package func metadataSidecar() throws(BlobError) -> BlobName {
        try BlobName(blake2Hex: blake2Hex, filename: filename + ".metadata")
    }

    /// The three directories that lead to the file.
    var directories: [String] {
        let afterFirst = blake2Hex.index(blake2Hex.startIndex, offsetBy: 2)
        let afterSecond = blake2Hex.index(afterFirst, offsetBy: 2)
        return [
            String(blake2Hex[..<afterFirst]), String(blake2Hex[afterFirst..<afterSecond]),
            String(blake2Hex[afterSecond...]),
        ]
    }
}

extension BlobName: Comparable {
    package static func < (left: BlobName, right: BlobName) -> Bool {
        (left.blake2Hex, left.filename) < (right.blake2Hex, right.filename)
    }
}

func isLowercaseHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}

/// Our limit: one path component, not hidden (so never `.` or `..`), no control characters, 1…255 bytes.
private func isSafeFilename(_ name: String) -> Bool {
    let bytes = name.utf8
    guard let first = bytes.first, first != UInt8(ascii: "."), bytes.count <= 255 else { return false }
    return bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
}
