import CanonicalJSON

/// A shell-style pattern for target paths.
///
/// Segment by segment: `*` matches any characters, `?` one character, `[abc]`, `[a-z]`, `[!a]` one of (or none
/// of) a set; none of them ever matches a `/`, so a path has as many segments as its pattern. Anything else
/// matches itself. Matching takes time proportional to the product of the two lengths at most.
///
/// - Source: TUF §4.5 PATHPATTERN; sets as Python's `fnmatchcase` reads them, which other clients use.
package struct PathPattern: Sendable {
    package let text: String
    private let segments: [GlobSegment]

    package init(_ text: String) {
        self.text = text
        segments = PathPattern.split(text).map { GlobSegment($0) }
    }

    package func matches(_ path: TargetPath) -> Bool { matches(segments: PathPattern.split(path.text)) }

    /// - Parameter path: the path's segments, from ``split(_:)``.
    func matches(segments path: [[Unicode.Scalar]]) -> Bool {
        segments.count == path.count && zip(segments, path).allSatisfy { $0.matches($1) }
    }

    /// The scalars of each segment.
    static func split(_ text: String) -> [[Unicode.Scalar]] {
        text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map { Array($0) }
    }
}

extension PathPattern: Hashable {
    package static func == (left: PathPattern, right: PathPattern) -> Bool {
        left.text.hasSameUTF8(as: right.text)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension PathPattern: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}

extension PathPattern: CustomStringConvertible {
    package var description: String { text }
}
