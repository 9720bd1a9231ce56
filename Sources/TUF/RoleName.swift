/// The name of a role.
///
/// - Shape: 1–230 characters of `A-Z a-z 0-9 . _ -`, not starting with `.`: safe in a URL and as a file
///   name, `<version>.` and `.json` included. TUF itself allows any text; the alphabet is our own rule.
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

    static func isValid(_ text: String) -> Bool {
        let utf8 = text.utf8
        guard (1...230).contains(utf8.count), utf8.first != UInt8(ascii: ".") else { return false }
        return utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
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
