import CanonicalJSON
package import TUF
package import TUFRepository

/// What `bundle.json` says: the ceremony in short, and the digests of what it signed.
///
/// ```
/// {"bins": {"bit_length": n, "name_prefix": text}, "created": time,
///  "expires_after_days": {role: days}, "format": "bonded-ceremony",
///  "holders": {name: key ID}, "metadata": {file: sha256},
///  "roles": {role: {"keyids": [key ID], "threshold": n}}, "version": 1}
/// ```
///
/// `expires_after_days` and `roles` have a member for every `ExpiryPolicy.Role`.
package struct BundleManifest: Hashable, Sendable {
    package let created: MetadataTime
    package let binBitLength: Int
    package let binPrefix: String
    package let expiry: ExpiryPolicy
    package let roles: [ExpiryPolicy.Role: RoleKeys]
    package let holders: [String: KeyID]
    /// File name in `metadata/` → sha256 in hexadecimal.
    package let metadata: [String: String]

    init(
        created: MetadataTime, binBitLength: Int, binPrefix: String, expiry: ExpiryPolicy,
        roles: [ExpiryPolicy.Role: RoleKeys], holders: [String: KeyID], metadata: [String: String]
    ) {
        self.created = created
        self.binBitLength = binBitLength
        self.binPrefix = binPrefix
        self.expiry = expiry
        self.roles = roles
        self.holders = holders
        self.metadata = metadata
    }

    func encoded() -> [UInt8] {
        let days = ExpiryPolicy.Role.allCases.map { ($0.rawValue, JSONValue.integer(expiry[$0])) }
        let roles = self.roles.map { role, keys in
            (
                role.rawValue,
                [
                    "keyids": .array(keys.keyIDs.map { .string($0.hex) }),
                    "threshold": .integer(keys.threshold),
                ] as JSONValue
            )
        }
        let json: JSONValue = [
            "format": .string(Self.format),
            "version": .integer(Self.version),
            "created": .string(created.description),
            "bins": ["bit_length": .integer(binBitLength), "name_prefix": .string(binPrefix)],
            "expires_after_days": .object(JSONObject(days)),
            "roles": .object(JSONObject(roles)),
            "holders": .object(JSONObject(holders.mapValues { .string($0.hex) })),
            "metadata": .object(JSONObject(metadata.mapValues { .string($0) })),
        ]
        return json.canonicalBytes() + [UInt8(ascii: "\n")]
    }

    init(parsing bytes: [UInt8]) throws(BundleFault) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .manifest(field: "format") }
        guard let object = json.object, object["format"]?.string == Self.format else {
            throw .manifest(field: "format")
        }
        guard let version = object["version"]?.integer else { throw .manifest(field: "version") }
        guard version == Self.version else { throw .unsupportedVersion(version) }
        let known: Set<String> = [
            "bins", "created", "expires_after_days", "format", "holders", "metadata", "roles", "version",
        ]
        for (key, _) in object.members where !known.contains(key) { throw .manifest(field: key) }

        created = try Self.field("created", of: object) {
            try $0.string.map { try MetadataTime(parsing: $0) }
        }
        let bins = try Self.field("bins", of: object) { $0.object }
        binBitLength = try Self.field("bit_length", of: bins) { $0.integer }
        binPrefix = try Self.field("name_prefix", of: bins) { $0.string }
        expiry = try Self.field("expires_after_days", of: object) { value in
            try value.object.flatMap { Self.roleMembers($0) { $0.integer } }.map {
                try ExpiryPolicy(days: $0)
            }
        }
        roles = try Self.field("roles", of: object) { value in
            try value.object.flatMap { try Self.roleMembers($0, Self.roleKeys) }
        }
        holders = try Self.field("holders", of: object) { value in
            try value.object.flatMap { try Self.members($0) { try $0.string.map { try KeyID($0) } } }
        }
        metadata = try Self.field("metadata", of: object) { value in
            value.object.flatMap { Self.members($0) { $0.string } }
        }
    }

    private static let format = "bonded-ceremony"
    private static let version = 1

    /// One required field; whatever `read` finds wrong with it is the field's fault.
    private static func field<Value>(
        _ name: String, of object: JSONObject, _ read: (JSONValue) throws -> Value?
    ) throws(BundleFault) -> Value {
        do {
            if let value = try object[name].flatMap(read) { return value }
        } catch {
            throw .manifest(field: name)
        }
        throw .manifest(field: name)
    }

    /// Every member's value, or nil when `read` refuses one.
    private static func members<Value>(
        _ object: JSONObject, _ read: (JSONValue) throws -> Value?
    ) rethrows -> [String: Value]? {
        var values: [String: Value] = [:]
        for (key, json) in object.members {
            guard let value = try read(json) else { return nil }
            values[key] = value
        }
        return values
    }

    /// The members of an object that has exactly one for each role, or nil.
    private static func roleMembers<Value>(
        _ object: JSONObject, _ read: (JSONValue) throws -> Value?
    ) rethrows -> [ExpiryPolicy.Role: Value]? {
        guard let byName = try members(object, read), byName.count == ExpiryPolicy.Role.allCases.count else {
            return nil
        }
        var values: [ExpiryPolicy.Role: Value] = [:]
        for (name, value) in byName {
            guard let role = ExpiryPolicy.Role(rawValue: name) else { return nil }
            values[role] = value
        }
        return values
    }

    private static func roleKeys(_ json: JSONValue) throws -> RoleKeys? {
        guard let ids = json.object?["keyids"]?.array, let threshold = json.object?["threshold"]?.integer
        else {
            return nil
        }
        let keyIDs = try ids.map { try KeyID($0.string ?? "") }
        return try RoleKeys(keyIDs: keyIDs, threshold: threshold)
    }
}
