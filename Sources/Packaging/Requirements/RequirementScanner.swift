/// Reads dependency specifiers and markers by recursive descent, in linear time.
///
/// - Source: `packaging._parser`, whose grammar this follows rule by rule.
struct RequirementScanner {
    /// Our limit on nested parentheses; `packaging` gives up at Python's recursion limit.
    static let maxDepth = 100

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    // MARK: Requirements

    mutating func parseRequirement() throws(RequirementFault) -> Requirement {
        skipSpace()
        guard let name = identifier() else { throw .name }
        skipSpace()
        let extras = try parseExtras()
        skipSpace()
        var url: String?
        var specifiers = ""
        let hasMarker: Bool
        if skip("@") {
            url = try parseURL()
            hasMarker = !isAtEnd
        } else {
            specifiers = try parseSpecifiers()
            skipSpace()
            hasMarker = !isAtEnd
        }
        var marker: Marker?
        if hasMarker {
            guard skip(";") else { throw .semicolon }
            marker = try parseMarker()
            skipSpace()
        }
        try expectEnd()
        guard let set = try? SpecifierSet(specifiers) else { throw .specifier }
        return Requirement(name: name, extras: extras, specifiers: set, url: url, marker: marker)
    }

    /// The end of the text; as in Python, one newline may come before it.
    func expectEnd() throws(RequirementFault) {
        guard isAtEnd else { throw .end }
    }

    private mutating func parseExtras() throws(RequirementFault) -> [String] {
        guard skip("[") else { return [] }
        skipSpace()
        var extras: [String] = []
        if let first = identifier() {
            extras.append(first)
            skipSpace()
            while skip(",") {
                skipSpace()
                guard let extra = identifier() else { throw .extraName }
                extras.append(extra)
                skipSpace()
            }
            if identifier() != nil { throw .extraComma }
        }
        guard skip("]") else { throw .closingBracket }
        return extras
    }

    /// The URL, and the whitespace that must follow it unless it ends the text.
    private mutating func parseURL() throws(RequirementFault) -> String {
        skipSpace()
        let start = position
        while let byte = peek(), byte != " ", byte != "\t" { position += 1 }
        guard position > start else { throw .url }
        let url = String(decoding: bytes[start..<position], as: UTF8.self)
        guard isAtEnd || skipSpace() else { throw .whitespaceAfterURL }
        return url
    }

    private mutating func parseSpecifiers() throws(RequirementFault) -> String {
        let inParentheses = skip("(")
        skipSpace()
        let start = position
        while position < bytes.count, let (_, end) = Specifier.scan(bytes, from: position) {
            position = end
            skipSpace()
            guard skip(",") else { break }
            skipSpace()
        }
        let specifiers = String(decoding: bytes[start..<position], as: UTF8.self)
        skipSpace()
        if inParentheses && !skip(")") { throw .closingParenthesis }
        return specifiers
    }

    // MARK: Markers

    mutating func parseMarker() throws(RequirementFault) -> Marker {
        let first = try parseTerm()
        var others: [Marker.Other] = []
        while true {
            let connective: Marker.Connective
            if skipWord("and") {
                connective = .and
            } else if skipWord("or") {
                connective = .or
            } else {
                return Marker(first: first, others: others)
            }
            others.append(.init(connective: connective, term: try parseTerm()))
        }
    }

    private mutating func parseTerm() throws(RequirementFault) -> Marker.Term {
        skipSpace()
        let term: Marker.Term
        if skip("(") {
            depth += 1
            guard depth <= Self.maxDepth else { throw .markerDepth }
            term = .group(try parseMarker())
            guard skip(")") else { throw .closingParenthesis }
            depth -= 1
        } else {
            let left = try parseOperand()
            skipSpace()
            let comparison = try parseOperator()
            skipSpace()
            term = .comparison(Self.comparison(left, comparison, try parseOperand()))
        }
        skipSpace()
        return term
    }

    /// Names of extras are normalised, so that spellings of one compare equal.
    private static func comparison(
        _ left: Marker.Operand, _ comparison: String, _ right: Marker.Operand
    ) -> Marker.Comparison {
        func normalized(_ operand: Marker.Operand) -> Marker.Operand {
            guard case .literal(let text) = operand else { return operand }
            return .literal(ProjectName.normalize(Array(text.utf8)))
        }
        let isExtra = left == .variable("extra") || right == .variable("extra")
        return Marker.Comparison(
            left: isExtra ? normalized(left) : left, comparison: comparison,
            right: isExtra ? normalized(right) : right)
    }

    private mutating func parseOperand() throws(RequirementFault) -> Marker.Operand {
        if let quote = peek(), quote == "'" || quote == "\"" {
            let start = position + 1
            guard let end = bytes[start...].firstIndex(of: quote) else { throw .markerOperand }
            position = end + 1
            guard let text = PythonLiteral.decode(bytes[start..<end]) else { throw .markerString }
            return .literal(text)
        }
        var end = position
        while end < bytes.count, Self.isWord(bytes[end]) || bytes[end] == "." { end += 1 }
        let name = String(decoding: bytes[position..<end], as: UTF8.self)
        guard let variable = Self.variables[name] else { throw .markerOperand }
        position = end
        return .variable(variable)
    }

    private mutating func parseOperator() throws(RequirementFault) -> String {
        if skipWord("in") { return "in" }
        if skipWord("not") {
            guard skipSpace(), skipWord("in") else { throw .markerOperator }
            return "not in"
        }
        for comparison in Specifier.Operator.allCases {
            if bytes[position...].starts(with: comparison.rawValue.utf8) {
                position += comparison.rawValue.utf8.count
                return comparison.rawValue
            }
        }
        throw .markerOperator
    }

    /// Spellings of variables and the names they stand for.
    private static let variables: [String: String] = {
        var variables: [String: String] = [:]
        for name in [
            "python_version", "python_full_version", "os_name", "sys_platform", "platform_release",
            "platform_system", "platform_version", "platform_machine", "platform_python_implementation",
            "implementation_name", "implementation_version", "extra", "extras", "dependency_groups",
        ] {
            variables[name] = name
        }
        for (old, name) in [
            ("os.name", "os_name"), ("sys.platform", "sys_platform"),
            ("platform.version", "platform_version"), ("platform.machine", "platform_machine"),
            ("platform.python_implementation", "platform_python_implementation"),
            ("python_implementation", "platform_python_implementation"),
        ] {
            variables[old] = name
        }
        return variables
    }()

    // MARK: Characters

    private var isAtEnd: Bool {
        position >= bytes.count || (position == bytes.count - 1 && bytes[position] == "\n")
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == character else { return false }
        position += 1
        return true
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = position
        while let byte = peek(), byte == " " || byte == "\t" { position += 1 }
        return position > start
    }

    /// Skips a keyword that is not merely the beginning of a longer word.
    private mutating func skipWord(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        let end = position + word.utf8.count
        guard end == bytes.count || !Self.isWord(bytes[end]) else { return false }
        position = end
        return true
    }

    /// A name: letters, digits, `.`, `_` and `-`, from a letter or digit to one or an underscore.
    private mutating func identifier() -> String? {
        guard let first = peek(), first.isAlphanumeric else { return nil }
        var end = position
        while end < bytes.count,
            Self.isWord(bytes[end]) && bytes[end] < 0x80 || bytes[end] == "."
                || bytes[end] == "-"
        {
            end += 1
        }
        guard end == bytes.count || bytes[end] < 0x80 else { return nil }
        while bytes[end - 1] == "." || bytes[end - 1] == "-" { end -= 1 }
        defer { position = end }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    /// Non-ASCII characters count as parts of words, so that no keyword ends before one.
    private static func isWord(_ byte: UInt8) -> Bool { byte.isAlphanumeric || byte == "_" || byte >= 0x80 }
}
