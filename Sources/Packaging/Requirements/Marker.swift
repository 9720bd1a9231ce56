/// The condition under which a requirement applies, as in `python_version < "3.9" and os_name == "nt"`.
///
/// It is parsed and spelled out again, not evaluated: that is the installer's business.
///
/// - Source: dependency specifiers specification (PEP 508); `packaging.markers`.
package struct Marker: Hashable, Sendable {
    /// A variable of the environment, or a literal.
    package enum Operand: Hashable, Sendable {
        /// Its current name; `os.name` is read as `os_name`.
        case variable(String)
        case literal(String)
    }

    package struct Comparison: Hashable, Sendable {
        package let left: Operand
        /// Such as `==` or `not in`.
        package let comparison: String
        package let right: Operand
    }

    package indirect enum Term: Hashable, Sendable {
        case comparison(Comparison)
        case group(Marker)
    }

    package enum Connective: String, Hashable, Sendable {
        case and, or
    }

    package let first: Term
    package let others: [Other]

    /// What follows the first term.
    package struct Other: Hashable, Sendable {
        package let connective: Connective
        package let term: Term
    }

    /// - Throws: `.invalidMarker`.
    package init(_ text: String) throws(PackagingError) {
        var scanner = RequirementScanner(text)
        do throws(RequirementFault) {
            self = try scanner.parseMarker()
            try scanner.expectEnd()
        } catch {
            throw .invalidMarker(text, error)
        }
    }

    init(first: Term, others: [Other]) {
        self.first = first
        self.others = others
    }
}

extension Marker: CustomStringConvertible {
    /// One spelling for markers that differ in quotes, whitespace and needless parentheses.
    package var description: String {
        others.isEmpty
            ? first.text(alone: true)
            : others.reduce(into: first.text(alone: false)) { text, other in
                text += " \(other.connective.rawValue) " + other.term.text(alone: false)
            }
    }
}

extension Marker.Term {
    /// - Parameter alone: a group that is the whole marker needs no parentheses.
    fileprivate func text(alone: Bool) -> String {
        switch self {
        case .comparison(let comparison): comparison.description
        case .group(let marker) where alone || marker.others.isEmpty: marker.text(alone: alone)
        case .group(let marker): "(\(marker))"
        }
    }
}

extension Marker {
    /// A group of one term is that term; whether it needs parentheses depends on what surrounds the group.
    fileprivate func text(alone: Bool) -> String {
        others.isEmpty ? first.text(alone: alone) : description
    }
}

extension Marker.Comparison: CustomStringConvertible {
    package var description: String { "\(left) \(comparison) \(right)" }
}

extension Marker.Operand: CustomStringConvertible {
    package var description: String {
        switch self {
        case .variable(let name): name
        case .literal(let text): "\"\(text)\""
        }
    }
}
