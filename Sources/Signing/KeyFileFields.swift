import CanonicalJSON
import TUF

/// The fields of one object of a key file, or of another file under a passphrase, read strictly.
struct KeyFileFields {
    let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    func string(_ name: String) throws(KeyFileFault) -> String {
        guard let text = try value(name).string else { throw .wrongType(field: name) }
        return text
    }

    func integer(_ name: String) throws(KeyFileFault) -> Int {
        guard let number = try value(name).integer else { throw .wrongType(field: name) }
        return number
    }

    func object(_ name: String) throws(KeyFileFault) -> KeyFileFields {
        guard let object = try value(name).object else { throw .wrongType(field: name) }
        return KeyFileFields(object)
    }

    func hex(_ name: String) throws(KeyFileFault) -> [UInt8] {
        guard let bytes = Hex.decode(try string(name)) else { throw .wrongType(field: name) }
        return bytes
    }

    func requireAlgorithm(_ expected: String) throws(KeyFileFault) {
        let name = try string("name")
        guard name == expected else { throw .unsupportedAlgorithm(name) }
    }

    func refuseUnknown(besides known: Set<String>) throws(KeyFileFault) {
        for (key, _) in object.members where !known.contains(key) { throw .unknownField(key) }
    }

    private func value(_ name: String) throws(KeyFileFault) -> JSONValue {
        guard let value = object[name] else { throw .missingField(name) }
        return value
    }
}
