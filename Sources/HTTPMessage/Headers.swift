/// A message's header fields, in order, kept as the lines that go over the wire.
///
/// Names compare without regard to case. Values can hold no CR, LF or other control character: a received
/// head with one is refused, and `add` replaces them with spaces.
package struct Headers: Sendable {
    /// Where one field lies in `bytes`.
    struct Field: Sendable {
        let name: Range<UInt32>
        let value: Range<UInt32>
    }

    /// Holds `name: value CR LF` lines in `lines`; a received head also keeps its request line before them.
    private(set) var bytes: [UInt8]
    private(set) var lines: Range<Int>
    private(set) var fields: [Field]
    /// Whether a field is among those that the server writes itself.
    private(set) var namesServerField = false

    package init() {
        bytes = []
        lines = 0..<0
        fields = []
    }

    package init(_ fields: [(String, String)]) {
        self.init()
        for (name, value) in fields { add(name, value) }
    }

    init(bytes: [UInt8], lines: Range<Int>, fields: [Field]) {
        self.bytes = bytes
        self.lines = lines
        self.fields = fields
    }

    package var isEmpty: Bool { fields.isEmpty }
    package var count: Int { fields.count }

    /// Every field in order.
    package var all: [(name: String, value: String)] {
        fields.map { (text($0.name), text($0.value)) }
    }

    /// The values of `name` joined by `", "`, or nil where there is none. Setting replaces them all.
    package subscript(name: String) -> String? {
        get {
            var joined: String?
            for field in fields where matches(field, name) {
                let value = text(field.value)
                joined = joined.map { "\($0), \(value)" } ?? value
            }
            return joined
        }
        set {
            if contains(name) { remove(name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// Each value of `name`, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { matches($0, name) }.map { text($0.value) }
    }

    package func contains(_ name: String) -> Bool {
        for field in fields where matches(field, name) { return true }
        return false
    }

    /// Appends a field. Bytes that may not stand in a name become `-`, in a value a space.
    package mutating func add(_ name: String, _ value: String) {
        if lines != 0..<bytes.count { compact() }
        let nameStart = UInt32(truncatingIfNeeded: bytes.count)
        for byte in name.utf8 { bytes.append(ASCII.isToken(byte) ? byte : ASCII.hyphen) }
        let nameEnd = UInt32(truncatingIfNeeded: bytes.count)
        bytes.append(ASCII.colon)
        bytes.append(ASCII.space)
        let valueStart = UInt32(truncatingIfNeeded: bytes.count)
        for byte in value.utf8 { bytes.append(ASCII.isFieldValue(byte) ? byte : ASCII.space) }
        let valueEnd = UInt32(truncatingIfNeeded: bytes.count)
        bytes.append(ASCII.carriageReturn)
        bytes.append(ASCII.lineFeed)
        lines = 0..<bytes.count
        fields.append(Field(name: nameStart..<nameEnd, value: valueStart..<valueEnd))
        if Self.serverFields.contains(where: { matches(fields[fields.count - 1], $0) }) {
            namesServerField = true
        }
    }

    package mutating func remove(_ name: String) {
        let kept = fields.filter { !matches($0, name) }.map { (text($0.name), text($0.value)) }
        self = Headers(kept)
    }

    /// Without the fields that the server writes itself.
    func removingServerFields() -> Headers {
        guard namesServerField else { return self }
        var kept = self
        for name in Self.serverFields { kept.remove(name) }
        return kept
    }

    private static let serverFields = [
        "content-length", "transfer-encoding", "connection", "keep-alive", "date", "server",
    ]

    private mutating func compact() {
        self = Headers(fields.map { (text($0.name), text($0.value)) })
    }

    private func text(_ range: Range<UInt32>) -> String {
        String(decoding: bytes[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
    }

    private func matches(_ field: Field, _ name: String) -> Bool {
        let utf8 = name.utf8
        guard field.name.count == utf8.count else { return false }
        var index = Int(field.name.lowerBound)
        for byte in utf8 {
            guard ASCII.lowercased(bytes[index]) == ASCII.lowercased(byte) else { return false }
            index += 1
        }
        return true
    }
}

extension Headers: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}

extension Headers: CustomStringConvertible {
    package var description: String {
        all.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
    }
}
