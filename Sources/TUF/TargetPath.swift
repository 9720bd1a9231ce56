import CanonicalJSON

/// The path of a target file, relative to the targets URL.
///
/// - Shape: 1–1,024 bytes of UTF-8; segments separated by `/`, none of them empty, `.` or `..`; no control
///   characters. The limits are our own: TUF only recommends them (§4.5).
/// - Equality is that of the bytes.
package struct TargetPath: Sendable {
    package let text: String

    package init(_ text: String) throws(MetadataError) {
        guard TargetPath.isValid(text) else { throw .malformedTargetPath(text) }
        self.text = text
    }

    /// The SHA-256 digest that hash prefixes and bins go by.
    package var digest: [UInt8] { Digest.sha256(Array(text.utf8)) }

    private static func isValid(_ text: String) -> Bool {
        guard (1...1_024).contains(text.utf8.count) else { return false }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        return text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
            segment in
            !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
        }
    }
}

extension TargetPath: Hashable {
    package static func == (left: TargetPath, right: TargetPath) -> Bool {
        left.text.hasSameUTF8(as: right.text)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension TargetPath: Comparable {
    package static func < (left: TargetPath, right: TargetPath) -> Bool {
        left.text.precedesInUTF8(right.text)
    }
}

extension TargetPath: CustomStringConvertible {
    package var description: String { text }
}
