import Yams

/// A mapping of a settings file that tolerates no mistake: unknown and repeated keys, wrong types and impossible
/// values are errors that name file, key and reason.
///
/// Read each key once, then call ``finish()``, which refuses what was not asked for. A scalar may be overridden by
/// an environment variable: `http.listen` by `BONDED_HTTP_LISTEN`.
package final class YAMLMapping {
    private let file: String
    private let path: [String]
    private let members: [String: Node]
    private let environment: [String: String]
    private var asked: Set<String> = []

    /// - Parameters:
    ///   - text: the file's text; empty means an empty mapping.
    ///   - file: how messages name it.
    ///   - environment: where overrides are looked up; empty for none.
    package convenience init(text: String, file: String, environment: [String: String] = [:])
        throws(YAMLError)
    {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw YAMLError(place: file, key: nil, reason: "not YAML: \(error)")
        }
        try self.init(node: node, file: file, path: [], environment: environment)
    }

    private init(node: Node?, file: String, path: [String], environment: [String: String]) throws(YAMLError) {
        self.file = file
        self.path = path
        self.environment = environment
        guard let node, node.null == nil else {
            members = [:]
            return
        }
        guard let mapping = node.mapping else {
            throw YAMLError(
                place: Self.place(file, node), key: path.isEmpty ? nil : path.joined(separator: "."),
                reason: "must be a mapping of keys to values")
        }
        var members: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
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
        return scalar.string
    }

    package func strings(_ key: String) throws(YAMLError) -> [String]? {
        guard let node = take(key) else { return nil }
        guard let sequence = node.sequence else { throw error(key, node, "must be a list of texts") }
        var texts: [String] = []
        for element in sequence {
            guard let scalar = element.scalar else { throw error(key, element, "must be a list of texts") }
            texts.append(scalar.string)
        }
        return texts
    }

    package func integer(_ key: String, in range: ClosedRange<Int>) throws(YAMLError) -> Int? {
        try parsed(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
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

    /// A mapping inside this one; an empty one where the key is absent.
    package func mapping(_ key: String) throws(YAMLError) -> YAMLMapping {
        try YAMLMapping(node: take(key), file: file, path: path + [key], environment: environment)
    }

    /// A list of mappings; nil where the key is absent.
    package func mappings(_ key: String) throws(YAMLError) -> [YAMLMapping]? {
        guard let node = take(key) else { return nil }
        guard let sequence = node.sequence else { throw error(key, node, "must be a list") }
        var mappings: [YAMLMapping] = []
        for (index, element) in sequence.enumerated() {
            mappings.append(
                try YAMLMapping(
                    node: element, file: file, path: path + ["\(key)[\(index)]"], environment: environment))
        }
        return mappings
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

    /// An error about a key of this mapping, for rules that span several keys.
    package func refusal(of key: String, because reason: String) -> YAMLError {
        error(key, members[key], reason)
    }

    // MARK: inner workings

    private func take(_ key: String) -> Node? {
        asked.insert(key)
        guard let node = members[key], node.null == nil else { return nil }
        return node
    }

    private func override(_ key: String) -> String? {
        let name = (["bonded"] + path + [key]).joined(separator: "_").uppercased()
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
