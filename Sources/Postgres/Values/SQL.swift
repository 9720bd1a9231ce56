/// One SQL statement and the values bound to it.
///
/// Written as a string literal in which every interpolated value becomes a parameter (`$1`, `$2`, …), never text:
///
///     let query: SQL = "SELECT id FROM project WHERE name = \(name)"
///
/// - Text comes only from literals, from `\(raw:)` (a `StaticString`) and from other `SQL` values, which are
///   spliced in with their parameters renumbered.
/// - A bound value has its own PostgreSQL type (see ``Bindable``); write a cast where another is meant:
///   `\(label)::my_enum`.
package struct SQL: Sendable {
    /// Always one more than `bindings`: the text around them.
    private var pieces: [String]
    package private(set) var bindings: [Binding]

    /// The statement as the server sees it.
    package var text: String {
        var text = pieces[0]
        for index in bindings.indices {
            text += "$\(index + 1)"
            text += pieces[index + 1]
        }
        return text
    }

    fileprivate init(pieces: [String], bindings: [Binding]) {
        self.pieces = pieces
        self.bindings = bindings
    }

    /// A statement whose text is known not to come from outside; for this module's own quoted identifiers.
    init(trusted text: String) {
        self.init(pieces: [text], bindings: [])
    }

    fileprivate mutating func append(_ other: SQL) {
        pieces[pieces.count - 1] += other.pieces[0]
        pieces += other.pieces.dropFirst()
        bindings += other.bindings
    }
}

extension SQL {
    package static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    package static func += (left: inout SQL, right: SQL) {
        left.append(right)
    }
}

extension Sequence<SQL> {
    /// The statements in order with `separator` between them, e.g. conditions joined by `" AND "`.
    package func joined(separator: SQL) -> SQL {
        var sum: SQL = ""
        for (index, part) in enumerated() {
            if index > 0 { sum += separator }
            sum += part
        }
        return sum
    }
}

extension SQL: ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) {
        self.init(pieces: [text], bindings: [])
    }

    package init(stringInterpolation interpolation: Interpolation) {
        self = interpolation.sql
    }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var sql: SQL

        package init(literalCapacity: Int, interpolationCount: Int) {
            sql = SQL(pieces: [""], bindings: [])
            sql.bindings.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            sql.pieces[sql.pieces.count - 1] += literal
        }

        /// Binds a value.
        package mutating func appendInterpolation(_ value: some Bindable) {
            sql.bindings.append(Binding(value))
            sql.pieces.append("")
        }

        /// Binds a value, or NULL.
        package mutating func appendInterpolation(_ value: (some Bindable)?) {
            sql.bindings.append(Binding(value))
            sql.pieces.append("")
        }

        /// Binds JSON text as `jsonb`.
        package mutating func appendInterpolation(json text: String) {
            sql.bindings.append(Binding(json: text))
            sql.pieces.append("")
        }

        /// Binds JSON text as `jsonb`, or NULL.
        package mutating func appendInterpolation(json text: String?) {
            sql.bindings.append(Binding(json: text))
            sql.pieces.append("")
        }

        /// Splices in another statement's text and values.
        package mutating func appendInterpolation(_ other: SQL) {
            sql.append(other)
        }

        /// Splices in text of the program's own source.
        package mutating func appendInterpolation(raw text: StaticString) {
            appendLiteral(text.description)
        }
    }
}
