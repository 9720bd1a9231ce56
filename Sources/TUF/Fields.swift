import CanonicalJSON

/// The members of one JSON object, read by name and type; what is not asked for is unrecognized.
struct Fields {
    let object: JSONObject
    private var known: [String] = []
    private var found = 0

    init(_ object: JSONObject) { self.object = object }

    init(_ value: JSONValue, field: String) throws(MetadataError) {
        guard case .object(let object) = value else { throw .wrongFieldType(field) }
        self.object = object
    }

    /// The members that were not asked for.
    var unrecognized: JSONObject { found == object.count ? JSONObject() : object.removing(known) }

    mutating func optional(_ name: String) -> JSONValue? {
        known.append(name)
        let value = object[name]
        if value != nil { found += 1 }
        return value
    }

    mutating func required(_ name: String) throws(MetadataError) -> JSONValue {
        guard let value = optional(name) else { throw .missingField(name) }
        return value
    }

    mutating func string(_ name: String) throws(MetadataError) -> String {
        guard let value = try required(name).string else { throw .wrongFieldType(name) }
        return value
    }

    mutating func integer(_ name: String) throws(MetadataError) -> Int {
        guard let value = try required(name).integer else { throw .wrongFieldType(name) }
        return value
    }

    mutating func bool(_ name: String) throws(MetadataError) -> Bool {
        guard let value = try required(name).bool else { throw .wrongFieldType(name) }
        return value
    }

    mutating func array(_ name: String) throws(MetadataError) -> [JSONValue] {
        guard let value = try required(name).array else { throw .wrongFieldType(name) }
        return value
    }

    mutating func object(_ name: String) throws(MetadataError) -> JSONObject {
        guard let value = try required(name).object else { throw .wrongFieldType(name) }
        return value
    }

    mutating func optionalInteger(_ name: String) throws(MetadataError) -> Int? {
        guard let value = optional(name) else { return nil }
        guard let integer = value.integer else { throw .wrongFieldType(name) }
        return integer
    }

    mutating func optionalStrings(_ name: String) throws(MetadataError) -> [String]? {
        guard let value = optional(name) else { return nil }
        guard let elements = value.array else { throw .wrongFieldType(name) }
        var strings: [String] = []
        for element in elements {
            guard let string = element.string else { throw .wrongFieldType(name) }
            strings.append(string)
        }
        return strings
    }

    /// The digests by algorithm under `name`.
    mutating func optionalHashes(_ name: String) throws(MetadataError) -> [String: String]? {
        guard let value = optional(name) else { return nil }
        guard let members = value.object else { throw .wrongFieldType(name) }
        var hashes: [String: String] = [:]
        for (algorithm, hex) in members {
            guard let hex = hex.string else { throw .wrongFieldType(name) }
            hashes[algorithm] = hex
        }
        return hashes
    }
}

extension JSONValue {
    /// Digests by algorithm.
    init(hashes: [String: String]) { self = .object(JSONObject(hashes.mapValues(JSONValue.string))) }
}
