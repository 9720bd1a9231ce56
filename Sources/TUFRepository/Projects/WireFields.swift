import CanonicalJSON
import TUF

/// The members of a JSON object from a request, read strictly: wrong types and unknown members are refused.
struct WireFields {
    private let object: JSONObject
    private let check: TransactionRefusal.Check

    init(
        _ value: JSONValue, allowing known: Set<String>, check: TransactionRefusal.Check = .draft
    ) throws(TransactionRefusal) {
        guard let object = value.object else {
            throw TransactionRefusal(check, "A JSON object is expected.")
        }
        for (key, _) in object.members where !known.contains(key) {
            throw TransactionRefusal(check, value: key, "The member '\(key)' is not known.")
        }
        self.object = object
        self.check = check
    }

    subscript(name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    func required(_ name: String) throws(TransactionRefusal) -> JSONValue {
        guard let value = self[name] else {
            throw TransactionRefusal(check, value: name, "The member '\(name)' is missing.")
        }
        return value
    }

    func string(_ name: String) throws(TransactionRefusal) -> String {
        guard let text = try required(name).string else { throw wrongType(name, "a string") }
        return text
    }

    func optionalString(_ name: String) throws(TransactionRefusal) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else { throw wrongType(name, "a string") }
        return text
    }

    func integer(_ name: String) throws(TransactionRefusal) -> Int {
        guard let number = try required(name).integer else { throw wrongType(name, "an integer") }
        return number
    }

    func object(_ name: String) throws(TransactionRefusal) -> JSONObject {
        guard let value = try required(name).object else { throw wrongType(name, "an object") }
        return value
    }

    /// Empty where the member is missing.
    func optionalObject(_ name: String) throws(TransactionRefusal) -> JSONObject {
        self[name] == nil ? [:] : try object(name)
    }

    /// Empty where the member is missing.
    func array(_ name: String) throws(TransactionRefusal) -> [JSONValue] {
        guard let value = self[name] else { return [] }
        guard let elements = value.array else { throw wrongType(name, "an array") }
        return elements
    }

    /// Empty where the member is missing.
    func strings(_ name: String) throws(TransactionRefusal) -> [String] {
        var strings: [String] = []
        for element in try array(name) {
            guard let text = element.string else { throw wrongType(name, "an array of strings") }
            strings.append(text)
        }
        return strings
    }

    /// Lower-case hexadecimal of a known length.
    func hex(_ name: String, bytes: Int) throws(TransactionRefusal) -> String {
        let text = try string(name)
        guard text.utf8.count == bytes * 2, Hex.isLowercase(text) else {
            throw wrongType(name, "\(bytes * 2) lower-case hexadecimal digits")
        }
        return text
    }

    private func wrongType(_ name: String, _ expected: String) -> TransactionRefusal {
        TransactionRefusal(check, value: name, "The member '\(name)' must be \(expected).")
    }
}
