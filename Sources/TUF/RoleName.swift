/// The name of a role.
///
/// - Shape: printable ASCII characters, 1–230 of them once percent-encoded. TUF itself allows any text; the
///   alphabet is our own rule. The text may hold `/` or be `..`: where it becomes part of a URL or of a file's name,
///   take ``fileStem``.
package struct RoleName: Hashable, Sendable {
    package let text: String

    package init(_ text: String) throws(MetadataError) {
        guard RoleName.isValid(text) else { throw .malformedRoleName(text) }
        self.text = text
    }

    /// - Parameter trusted: text known to be valid.
    init(trusted: String) { text = trusted }

    package static let root: RoleName = "root"
    package static let timestamp: RoleName = "timestamp"
    package static let snapshot: RoleName = "snapshot"
    package static let targets: RoleName = "targets"

    /// The four roles that root itself names.
    package static let topLevel: [RoleName] = [.root, .timestamp, .snapshot, .targets]

    package var isTopLevel: Bool { RoleName.topLevel.contains(self) }

    /// The name, percent-encoded: one segment of a URL, or a file's name, with `.json` behind it.
    package var fileStem: String {
        if text.utf8.allSatisfy(Self.isUnreserved) { return text }
        return text.utf8.reduce(into: "") { stem, byte in
            stem +=
                Self.isUnreserved(byte) ? String(Unicode.Scalar(byte)) : "%" + Hex.encode([byte]).uppercased()
        }
    }

    static func isValid(_ text: String) -> Bool {
        var encodedBytes = 0
        for byte in text.utf8 {
            guard (0x20...0x7E).contains(byte) else { return false }
            encodedBytes += isUnreserved(byte) ? 1 : 3
        }
        return (1...230).contains(encodedBytes)
    }

    /// Source: RFC 3986 §2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "-"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension RoleName: ExpressibleByStringLiteral {
    /// For names written in this program, which must be valid.
    package init(stringLiteral value: StaticString) {
        text = value.description
        precondition(RoleName.isValid(text), "not a role name")
    }
}

extension RoleName: Comparable {
    package static func < (left: RoleName, right: RoleName) -> Bool { left.text < right.text }
}

extension RoleName: CustomStringConvertible {
    package var description: String { text }
}
