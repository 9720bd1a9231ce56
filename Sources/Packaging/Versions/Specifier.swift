/// One clause about versions, such as `>=1.0` or `==2.*`.
///
/// - Source: version specifiers specification; `packaging.specifiers.Specifier`.
package struct Specifier: Sendable {
    package enum Operator: String, Hashable, Sendable, CaseIterable {
        // In the order in which they must be tried: none may follow its own prefix.
        case arbitrary = "==="
        case equal = "=="
        case notEqual = "!="
        case compatible = "~="
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
    }

    /// What stands after the operator.
    enum Operand: Hashable, Sendable {
        case version(Version)
        /// The version before `.*`, epoch and release only.
        case prefix(Version)
        /// Any text, with the arbitrary operator.
        case text
    }

    package let comparison: Operator
    /// The operand as it was written, without whitespace around it.
    package let operandText: String
    let operand: Operand

    /// - Throws: `.invalidSpecifier`.
    package init(_ text: String) throws(PackagingError) {
        let bytes = Array(PythonText.strip(text).utf8)
        guard let (specifier, end) = Self.scan(bytes, from: 0), end == bytes.count else {
            throw .invalidSpecifier(text)
        }
        self = specifier
    }

    /// The longest specifier at the offset, and where it ends.
    static func scan(_ bytes: [UInt8], from start: Int) -> (specifier: Specifier, end: Int)? {
        let comparison = Operator.allCases.first { bytes[start...].starts(with: $0.rawValue.utf8) }
        guard let comparison else { return nil }
        let operandStart = skipWhitespace(bytes, from: start + comparison.rawValue.utf8.count)
        let scanned: (operand: Operand, end: Int)
        if comparison == .arbitrary {
            let rest = bytes[operandStart...]
            let end = endOfArbitraryText(rest)
            scanned = (.text, end)
        } else if let version = scanVersion(bytes, from: operandStart, for: comparison) {
            scanned = version
        } else {
            return nil
        }
        let operandText = String(decoding: bytes[operandStart..<scanned.end], as: UTF8.self)
        return (Specifier(comparison, operandText, scanned.operand), scanned.end)
    }

    private init(_ comparison: Operator, _ operandText: String, _ operand: Operand) {
        self.comparison = comparison
        self.operandText = operandText
        self.operand = operand
    }

    private static func scanVersion(
        _ bytes: [UInt8], from start: Int, for comparison: Operator
    ) -> (Operand, Int)? {
        var scanner = VersionScanner(bytes, from: start)
        guard let (epoch, release) = scanner.scanRelease() else { return nil }
        let takesAnyVersion = comparison == .equal || comparison == .notEqual
        if takesAnyVersion && scanner.skip(".*") {
            let prefix = Version(
                epoch: epoch, release: release, prerelease: nil, post: nil, dev: nil, localParts: nil)
            return (.prefix(prefix), scanner.position)
        }
        if comparison == .compatible && release.count < 2 { return nil }
        let suffixes = scanner.scanSuffixes()
        let version = Version(
            epoch: epoch, release: release, prerelease: suffixes.prerelease, post: suffixes.post,
            dev: suffixes.dev, localParts: takesAnyVersion ? scanner.scanLocal() : nil)
        return (.version(version), scanner.position)
    }

    private static func skipWhitespace(_ bytes: [UInt8], from start: Int) -> Int {
        position(in: bytes[start...]) { !PythonText.isWhitespace($0) }
    }

    private static func endOfArbitraryText(_ bytes: ArraySlice<UInt8>) -> Int {
        position(in: bytes) { $0 == ";" || $0 == ")" || PythonText.isWhitespace($0) }
    }

    /// The offset of the first character that satisfies the condition, or the end.
    private static func position(
        in bytes: ArraySlice<UInt8>, where condition: (Unicode.Scalar) -> Bool
    ) -> Int {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = bytes.startIndex
        while case .scalarValue(let scalar) = decoder.decode(&iterator), !condition(scalar) {
            offset += UTF8.width(scalar)
        }
        return min(offset, bytes.endIndex)
    }
}

extension Specifier: Hashable, CustomStringConvertible {
    /// As it was written, without whitespace.
    package var description: String { comparison.rawValue + operandText }

    /// The form in which equal clauses are the same; `~=1.0` and `~=1.0.0` differ in meaning and here too.
    package var canonical: String {
        switch operand {
        case .version(let version):
            comparison.rawValue + (comparison == .compatible ? version.description : version.canonical)
        case .prefix, .text: description
        }
    }

    package static func == (left: Specifier, right: Specifier) -> Bool { left.canonical == right.canonical }

    package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }
}
