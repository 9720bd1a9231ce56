import Yams

/// A mapping of a file that tolerates no mistake: unknown and repeated keys, keys without a value, wrong types and
/// impossible values are errors that name file, key and reason.
///
/// Read each key once, then call ``finish()``, which refuses what was not asked for. A scalar may be overridden by
/// an environment variable: `http.listen` by `BONDED_HTTP_LISTEN`.
package final class YAMLMapping {
    /// Our own limit; a file with every key explained has some thousand bytes.
    package static let maxBytes = 64 * 1024

    private let file: String
    private let path: [String]
    private let members: [String: Node]
    private let environment: [String: String]
    private let variablePrefix: String
    private var asked: Set<String> = []

    /// - Parameters:
    ///   - text: the file's text; empty means an empty mapping.
    ///   - file: how messages name it.
    ///   - environment: where overrides are looked up; empty for none.
    ///   - variablePrefix: what their names begin with.
    package convenience init(
        text: String, file: String, environment: [String: String] = [:], variablePrefix: String = "BONDED_"
    ) throws(YAMLError) {
        guard text.utf8.count <= Self.maxBytes else {
            throw YAMLError(place: file, key: nil, reason: "longer than \(Self.maxBytes) bytes")
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw YAMLError(place: file, key: nil, reason: "not YAML: \(error)")
        }
        try self.init(
            node: node, file: file, path: [], environment: environment, variablePrefix: variablePrefix)
    }

    private init(
        node: Node?, file: String, path: [String], environment: [String: String], variablePrefix: String
    ) throws(YAMLError) {
        self.variablePrefix = variablePrefix
        self.file = file
        self.path = path
        self.environment = environment
        guard let node, node.null == nil else {
            members = [:]
            return
        }
        func refusal(_ node: Node, _ reason: String) -> YAMLError {
            YAMLError(
                place: Self.place(file, node), key: path.isEmpty ? nil : path.joined(separator: "."),
                reason: reason)
        }
        guard let mapping = node.mapping else { throw refusal(node, "must be a mapping of keys to values") }
        var members: [String: Node] = [:]
        for (key, value) in mapping {
            // Yams refuses equal keys; `7` and `"7"` differ for it, so only texts may be keys.
            guard let name = Self.text(key) else { throw refusal(key, "every key must be a text") }
            members[name] = value
        }
        self.members = members
    }

    /// Refuses keys that nobody asked for.
    package func finish() throws(YAMLError) {
        for (key, node) in members.sorted(by: { $0.key < $1.key }) where !asked.contains(key) {
            let known = asked.sorted().joined(separator: ", ")
            throw error(key, node, "unknown key; known here: \(known)")
        }
    }

    // MARK: values

    package func string(_ key: String) throws(YAMLError) -> String? {
        if let text = override(key) { return text }
        guard let node = take(key) else { return nil }
        guard let scalar = node.scalar else { throw error(key, node, "must be a text") }
        guard node.null == nil else { throw error(key, node, "has no value") }
        return scalar.string
    }

    /// A list of what YAML itself takes for texts: `- 7` and `- yes` are none, `- "7"` is.
    package func strings(_ key: String) throws(YAMLError) -> [String]? {
        guard let node = take(key) else { return nil }
        guard let sequence = node.sequence else { throw error(key, node, "must be a list of texts") }
        var texts: [String] = []
        for (index, element) in sequence.enumerated() {
            guard let text = Self.text(element) else {
                throw error("\(key)[\(index)]", element, "must be a text")
            }
            texts.append(text)
        }
        return texts
    }

    /// Everything in this mapping, where the keys are the file's own choice: texts by texts.
    package func texts() throws(YAMLError) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, node) in members {
            guard let text = Self.text(node) else { throw error(key, node, "must be a text") }
            asked.insert(key)
            texts[key] = text
        }
        return texts
    }

    /// A whole number in plain decimal digits; YAML's other spellings (`0x10`, `010`, `1_000`, `1:30`) and quoted
    /// ones are refused.
    ///
    /// - Parameter range: nil where the caller judges the number.
    package func integer(_ key: String, in range: ClosedRange<Int>? = nil) throws(YAMLError) -> Int? {
        let bounds = range.map { " from \($0.lowerBound) to \($0.upperBound)" } ?? ""
        let isPlain = override(key) != nil || members[key].map(Self.isPlainInteger) ?? false
        return try parsed(key, "must be a whole number\(bounds), in plain digits") { text in
            guard isPlain, let number = Self.wholeNumber(text), range?.contains(number) ?? true else {
                return nil
            }
            return number
        }
    }

    package func boolean(_ key: String) throws(YAMLError) -> Bool? {
        try parsed(key, "must be true or false") { ["true": true, "false": false][$0] }
    }

    /// A number with a unit: `250ms`, `30s`, `10m`, `12h`, `7d`.
    package func duration(_ key: String, in range: ClosedRange<Duration>) throws(YAMLError) -> Duration? {
        try parsed(
            key,
            "must be a time with its unit (ms, s, m, h, d) from \(range.lowerBound) to \(range.upperBound)"
        ) {
            Self.duration($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of bytes, with or without a unit: `512`, `64KiB`, `100MiB`, `1GiB`.
    package func byteCount(_ key: String, in range: ClosedRange<Int>) throws(YAMLError) -> Int? {
        let bounds = "from \(range.lowerBound) to \(range.upperBound) bytes"
        return try parsed(key, "must be a size (B, KiB, MiB, GiB) \(bounds)") { text in
            Self.byteCount(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// One of a few words.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, of: Choice.Type = Choice.self
    ) throws(YAMLError) -> Choice? where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return try parsed(key, "must be one of: \(words)") { Choice(rawValue: $0) }
    }

    /// A mapping inside this one; an empty one where the key is absent or all that it holds is commented out.
    package func mapping(_ key: String) throws(YAMLError) -> YAMLMapping {
        try YAMLMapping(
            node: take(key), file: file, path: path + [key], environment: environment,
            variablePrefix: variablePrefix)
    }

    /// A value read by a rule of the caller's.
    ///
    /// - Parameter rule: nil for a text that is refused with `expectation`.
    package func parsed<Value>(
        _ key: String, _ expectation: String, rule: (String) -> Value?
    ) throws(YAMLError) -> Value? {
        let node = members[key]
        guard let text = try string(key) else { return nil }
        guard let value = rule(text) else { throw error(key, node, "'\(text)' \(expectation)") }
        return value
    }

    /// A value that must be there.
    package func required<Value>(_ key: String, _ value: Value?) throws(YAMLError) -> Value {
        guard let value else { throw error(key, nil, "is missing") }
        return value
    }

    /// An error about a key of this mapping, for rules of the caller's.
    package func refusal(of key: String, because reason: String) -> YAMLError {
        error(key, members[key], reason)
    }

    /// An error about an item of the list that a key of this mapping holds.
    package func refusal(of key: String, item index: Int, because reason: String) -> YAMLError {
        let items = members[key]?.sequence.map(Array.init) ?? []
        return error("\(key)[\(index)]", items.indices.contains(index) ? items[index] : nil, reason)
    }

    // MARK: inner workings

    private func take(_ key: String) -> Node? {
        asked.insert(key)
        return members[key]
    }

    private func override(_ key: String) -> String? {
        let name = variablePrefix + (path + [key]).joined(separator: "_").uppercased()
        guard let text = environment[name] else { return nil }
        asked.insert(key)
        return text
    }

    private func error(_ key: String, _ node: Node?, _ reason: String) -> YAMLError {
        YAMLError(
            place: node.map { Self.place(file, $0) } ?? file, key: (path + [key]).joined(separator: "."),
            reason: reason)
    }

    private static func place(_ file: String, _ node: Node) -> String {
        node.mark.map { "\(file):\($0.line)" } ?? file
    }

    /// What YAML itself takes for a text.
    private static func text(_ node: Node) -> String? {
        node.tag.description == Tag.Name.str.rawValue ? node.scalar?.string : nil
    }

    private static func isPlainInteger(_ node: Node) -> Bool {
        node.scalar?.style == .plain && node.tag.description == Tag.Name.int.rawValue
    }

    private static func wholeNumber(_ digits: String) -> Int? {
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), digits == "0" || digits.first != "0" else {
            return nil
        }
        return Int(digits)
    }

    private static func duration(_ text: String) -> Duration? {
        let milliseconds = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        return amount(text, units: milliseconds).map { .milliseconds($0) }
    }

    private static func byteCount(_ text: String) -> Int? {
        amount(text, units: ["": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30])
    }

    private static func amount(_ text: String, units: [String: Int]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int(digits), let factor = units[String(unit)] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
