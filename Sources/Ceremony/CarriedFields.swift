import CanonicalJSON

/// The members of a JSON object from a file that people carry, read strictly.
struct CarriedFields {
    private let object: JSONObject

    /// - Throws: the name of a member that is not known.
    init(_ object: JSONObject, known: Set<String>) throws(FieldFault) {
        for (key, _) in object.members where !known.contains(key) { throw FieldFault(key) }
        self.object = object
    }

    /// One required member; whatever `read` finds wrong with it, or a nil, is the member's fault.
    func required<Value>(_ name: String, _ read: (JSONValue) throws -> Value?) throws(FieldFault) -> Value {
        do {
            if let value = try object[name].flatMap(read) { return value }
        } catch {
            throw FieldFault(name)
        }
        throw FieldFault(name)
    }

    /// Nil where the member is missing.
    func optional<Value>(_ name: String, _ read: (JSONValue) throws -> Value?) throws(FieldFault) -> Value? {
        object[name] == nil ? nil : try required(name, read)
    }
}

extension CarriedFields {
    /// The members of what must be an object.
    static func members(_ json: JSONValue) throws(FieldFault) -> [JSONObject.Member] {
        guard let object = json.object else { throw FieldFault("") }
        return object.members
    }
}

extension JSONObject {
    /// Every member's value, or nil when `read` refuses one.
    func values<Value>(_ read: (JSONValue) throws -> Value?) rethrows -> [String: Value]? {
        var values: [String: Value] = [:]
        for (key, json) in members {
            guard let value = try read(json) else { return nil }
            values[key] = value
        }
        return values
    }
}

/// A member that is missing, not known or unusable.
struct FieldFault: Error {
    /// Safe to show: a file's own text could steer a terminal.
    let name: String

    init(_ name: String) {
        let printable = name.unicodeScalars.prefix(40).filter { (" "..."~").contains($0) }
        self.name = String(String.UnicodeScalarView(printable))
    }
}
