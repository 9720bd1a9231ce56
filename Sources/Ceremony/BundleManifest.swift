import CanonicalJSON
package import TUF
package import TUFRepository

/// What `bundle.json` says: the ceremony in short, and the digests of what it signed.
///
/// ```
/// {"bins": {"bit_length": n, "name_prefix": text}, "created": time,
///  "expires_after_days": {role: days}, "format": "bonded-ceremony",
///  "holders": {name: key ID}, "metadata": {file: sha256},
///  "roles": {role: {"keyids": [key ID], "threshold": n}}, "transcript": sha256, "version": 1}
/// ```
///
/// `expires_after_days` and `roles` have a member for every `ExpiryPolicy.Role`. Bundles that are older than
/// transcripts have none.
package struct BundleManifest: Hashable, Sendable {
    package let created: MetadataTime
    package let binBitLength: Int
    package let binPrefix: String
    package let expiry: ExpiryPolicy
    package let roles: [ExpiryPolicy.Role: RoleKeys]
    /// By name; see `HolderName`.
    package let holders: [String: KeyID]
    /// File name in `metadata/` → sha256 in hexadecimal.
    package let metadata: [String: String]
    /// sha256 of `transcript.txt`.
    package var transcript: String?

    init(
        created: MetadataTime, binBitLength: Int, binPrefix: String, expiry: ExpiryPolicy,
        roles: [ExpiryPolicy.Role: RoleKeys], holders: [String: KeyID], metadata: [String: String],
        transcript: String? = nil
    ) {
        self.created = created
        self.binBitLength = binBitLength
        self.binPrefix = binPrefix
        self.expiry = expiry
        self.roles = roles
        self.holders = holders
        self.metadata = metadata
        self.transcript = transcript
    }

    /// In alphabetical order.
    package var holderNames: [HolderName] { holders.keys.sorted().compactMap { try? HolderName($0) } }

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
        var json: JSONObject = [
            "format": .string(Self.format),
            "version": .integer(Self.version),
            "created": .string(created.description),
            "bins": ["bit_length": .integer(binBitLength), "name_prefix": .string(binPrefix)],
            "expires_after_days": .object(JSONObject(days)),
            "roles": .object(JSONObject(roles)),
            "holders": .object(JSONObject(holders.mapValues { .string($0.hex) })),
            "metadata": .object(JSONObject(metadata.mapValues { .string($0) })),
        ]
        json["transcript"] = transcript.map { .string($0) }
        return JSONValue.object(json).canonicalBytes() + [UInt8(ascii: "\n")]
    }

    init(parsing bytes: [UInt8]) throws(BundleFault) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .manifest(field: "format") }
        guard let object = json.object, object["format"]?.string == Self.format else {
            throw .manifest(field: "format")
        }
        guard let version = object["version"]?.integer else { throw .manifest(field: "version") }
        guard version == Self.version else { throw .unsupportedVersion(version) }
        do {
            try self.init(
                CarriedFields(
                    object,
                    known: [
                        "bins", "created", "expires_after_days", "format", "holders", "metadata", "roles",
                        "transcript", "version",
                    ]))
        } catch {
            throw .manifest(field: error.name)
        }
    }

    private init(_ fields: CarriedFields) throws(FieldFault) {
        created = try fields.required("created") { try $0.string.map { try MetadataTime(parsing: $0) } }
        let bins = try CarriedFields(
            fields.required("bins") { $0.object }, known: ["bit_length", "name_prefix"])
        binBitLength = try bins.required("bit_length") { $0.integer }
        binPrefix = try bins.required("name_prefix") { $0.string }
        expiry = try fields.required("expires_after_days") { value in
            try value.object.flatMap { Self.roleMembers($0) { $0.integer } }.map {
                try ExpiryPolicy(days: $0)
            }
        }
        roles = try fields.required("roles") { value in
            try value.object.flatMap { try Self.roleMembers($0, Self.roleKeys) }
        }
        holders = try fields.required("holders") { value in
            for (name, _) in value.object?.members ?? [] { _ = try HolderName(name) }
            return try value.object.flatMap { try $0.values { try $0.string.map { try KeyID($0) } } }
        }
        metadata = try fields.required("metadata") { value in
            value.object.flatMap { $0.values { $0.string } }
        }
        transcript = try fields.optional("transcript") { $0.string }
    }

    private static let format = "bonded-ceremony"
    private static let version = 1

    /// The members of an object that has exactly one for each role, or nil.
    private static func roleMembers<Value>(
        _ object: JSONObject, _ read: (JSONValue) throws -> Value?
    ) rethrows -> [ExpiryPolicy.Role: Value]? {
        guard let byName = try object.values(read), byName.count == ExpiryPolicy.Role.allCases.count else {
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
