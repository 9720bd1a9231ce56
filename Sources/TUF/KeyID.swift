/// The identifier of a public key.
///
/// - Shape: 64 lowercase hexadecimal digits.
/// - Source: TUF §4.2.1: the SHA-256 of the canonical form of the key object.
package struct KeyID: Hashable, Sendable {
    package let hex: String

    package init(_ hex: String) throws(MetadataError) {
        guard hex.utf8.count == 64, Hex.isLowercase(hex) else { throw .malformedKeyID(hex) }
        self.hex = hex
    }

    /// The ID whose digits are those of a SHA-256 digest.
    init(digest: [UInt8]) { hex = Hex.encode(digest) }
}

extension KeyID: Comparable {
    package static func < (left: KeyID, right: KeyID) -> Bool { left.hex < right.hex }
}

extension KeyID: CustomStringConvertible {
    package var description: String { hex }
}
