import CanonicalJSON

/// One step from a JSON value to a value in it.
enum JSONStep: Hashable {
    case member(String)
    case element(Int)
}

/// What is done to one node of a JSON text.
enum JSONEdit {
    /// Puts bytes in its place, whether they are JSON or not.
    case replace([UInt8])
    case remove
    /// Repeats a member, with these bytes for its value the second time.
    case duplicate([UInt8])
    /// Writes a member's key as these bytes.
    case rename([UInt8])
}

extension JSONValue {
    /// The ways to all nodes below this one.
    var paths: [[JSONStep]] {
        let children: [(JSONStep, JSONValue)] =
            switch self {
            case .object(let object): object.map { (.member($0.key), $0.value) }
            case .array(let elements): elements.enumerated().map { (.element($0.offset), $0.element) }
            case .null, .bool, .integer, .string: []
            }
        return children.flatMap { step, value in ([[]] + value.paths).map { [step] + $0 } }
    }

    /// The text of this value with one node edited.
    func text(editing path: ArraySlice<JSONStep>, _ edit: JSONEdit) -> [UInt8] {
        guard let step = path.first else { return jsonBytes() }
        let rest = path.dropFirst()
        switch self {
        case .object(let object):
            let parts = object.flatMap { key, value -> [[UInt8]] in
                let name = JSONValue.string(key).jsonBytes() + Array(":".utf8)
                guard step == .member(key) else { return [name + value.jsonBytes()] }
                guard rest.isEmpty else { return [name + value.text(editing: rest, edit)] }
                return switch edit {
                case .replace(let bytes): [name + bytes]
                case .remove: []
                case .duplicate(let bytes): [name + value.jsonBytes(), name + bytes]
                case .rename(let bytes): [bytes + Array(":".utf8) + value.jsonBytes()]
                }
            }
            return Array("{".utf8) + Array(parts.joined(separator: ",".utf8)) + Array("}".utf8)
        case .array(let elements):
            let parts = elements.enumerated().flatMap { index, value -> [[UInt8]] in
                guard step == .element(index) else { return [value.jsonBytes()] }
                guard rest.isEmpty else { return [value.text(editing: rest, edit)] }
                return switch edit {
                case .replace(let bytes): [bytes]
                case .remove: []
                case .duplicate(let bytes): [value.jsonBytes(), bytes]
                case .rename: [value.jsonBytes()]
                }
            }
            return Array("[".utf8) + Array(parts.joined(separator: ",".utf8)) + Array("]".utf8)
        case .null, .bool, .integer, .string:
            return jsonBytes()
        }
    }

    /// The node at `path`.
    func node(at path: ArraySlice<JSONStep>) -> JSONValue? {
        guard let step = path.first else { return self }
        let child: JSONValue? =
            switch step {
            case .member(let key): object?[key]
            case .element(let index): array?[index]
            }
        return child?.node(at: path.dropFirst())
    }

    /// This value with the node at `path` replaced, or removed where `new` is nil.
    func replacing(_ path: ArraySlice<JSONStep>, with new: JSONValue?) -> JSONValue? {
        guard let step = path.first else { return new }
        let rest = path.dropFirst()
        switch (self, step) {
        case (.object(var object), .member(let key)):
            object[key] = object[key]?.replacing(rest, with: new)
            return .object(object)
        case (.array(var elements), .element(let index)):
            if let element = elements[index].replacing(rest, with: new) {
                elements[index] = element
            } else {
                elements.remove(at: index)
            }
            return .array(elements)
        default: return self
        }
    }
}

/// Random numbers that are the same in every run.
///
/// - Source: SplitMix64 (Steele, Lea and Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension [UInt8] {
    /// These bytes with one random change: a bit flipped, bytes overwritten, inserted, removed or repeated, or the
    /// rest cut off.
    func mutated(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        let start = Int.random(in: 0..<count, using: &generator)
        let end = Swift.min(count, start + Int.random(in: 1...20, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[start] = UInt8.random(in: .min ... .max, using: &generator)
        case 2:
            bytes.insert(Array(#"{}[]",:\ 019e.-u"#.utf8).randomElement(using: &generator) ?? 0, at: start)
        case 3: bytes.removeSubrange(start..<end)
        case 4: bytes.insert(contentsOf: self[start..<end], at: end)
        default: bytes.removeSubrange(start...)
        }
        return bytes
    }
}
