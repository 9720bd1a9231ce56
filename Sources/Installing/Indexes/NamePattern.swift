package import Packaging

/// Project names that look alike: `*` stands for any characters, everything else for itself.
///
/// - Shape: 1–200 characters of `a-z 0-9 - . _ *`; letters may be of either case, separators any of `-._`.
package struct NamePattern: Hashable, Sendable {
    package let text: String
    /// Normalised, cut at the asterisks.
    private let pieces: [String]

    /// - Returns: nil for a text of another shape.
    package init?(_ text: String) {
        guard (1...200).contains(text.utf8.count) else { return nil }
        let pieces = text.lowercased().split(separator: "*", omittingEmptySubsequences: false).map { piece in
            String(piece.map { "._".contains($0) ? "-" : $0 })
        }
        guard pieces.allSatisfy({ $0.utf8.allSatisfy(Self.isNameByte) }) else { return nil }
        self.text = text
        self.pieces = pieces
    }

    package func matches(_ project: ProjectName) -> Bool {
        var rest = project.normalized[...]
        guard pieces.count > 1 else { return rest == pieces[0] }
        guard rest.hasPrefix(pieces[0]) else { return false }
        rest = rest.dropFirst(pieces[0].count)
        for piece in pieces[1..<(pieces.count - 1)] where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(pieces[pieces.count - 1])
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
