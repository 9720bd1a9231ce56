package import CanonicalJSON

/// Root: which keys sign the top-level roles.
///
/// - Shape: exactly the four top-level roles; in each, no public key under two IDs.
/// - Source: TUF §4.3.
package struct Root: MetadataPayload {
    package static let type = "root"

    package let keys: [KeyID: PublicKey]
    package let roles: [RoleName: RoleKeys]
    /// Nil where the document does not say, which means no.
    package let consistentSnapshot: Bool?
    private let header: MetadataHeader

    package var version: Int { header.version }
    package var expires: MetadataTime { header.expires }
    package var specVersion: String { header.specVersion }
    package var unrecognized: JSONObject { header.unrecognized }

    /// - Throws: `.missingRole`, `.unexpectedRole`, `.duplicatePublicKey`, `.versionNotPositive`,
    ///   `.unsupportedSpecVersion`.
    package init(
        version: Int, expires: MetadataTime, keys: [KeyID: PublicKey], roles: [RoleName: RoleKeys],
        consistentSnapshot: Bool? = true, specVersion: String = currentSpecVersion,
        unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        let header = try MetadataHeader(
            version: version, expires: expires, specVersion: specVersion, unrecognized: unrecognized)
        try self.init(header: header, keys: keys, roles: roles, consistentSnapshot: consistentSnapshot)
    }

    private init(
        header: MetadataHeader, keys: [KeyID: PublicKey], roles: [RoleName: RoleKeys],
        consistentSnapshot: Bool?
    ) throws(MetadataError) {
        for name in RoleName.topLevel where roles[name] == nil { throw .missingRole(name) }
        if let other = roles.keys.sorted().first(where: { !$0.isTopLevel }) {
            throw .unexpectedRole(other.text)
        }
        for name in RoleName.topLevel { try roles[name]?.requireDistinctKeys(keys) }
        self.header = header
        self.keys = keys
        self.roles = roles
        self.consistentSnapshot = consistentSnapshot
    }

    package init(json: JSONObject) throws(MetadataError) {
        var fields = Fields(json)
        let keys = try KeyTable.read(try fields.object("keys"))
        var roles: [RoleName: RoleKeys] = [:]
        for (name, value) in try fields.object("roles") {
            guard let role = RoleName.topLevel.first(where: { $0.text.hasSameUTF8(as: name) }) else {
                throw .unexpectedRole(name)
            }
            roles[role] = try RoleKeys(json: value, field: "roles")
        }
        var consistentSnapshot: Bool?
        if let value = fields.optional("consistent_snapshot") {
            guard let bool = value.bool else { throw .wrongFieldType("consistent_snapshot") }
            consistentSnapshot = bool
        }
        let header = try MetadataHeader(readingFrom: &fields, type: Root.type)
        try self.init(header: header, keys: keys, roles: roles, consistentSnapshot: consistentSnapshot)
    }

    package var json: JSONObject {
        let roles = roles.map { ($0.key.text, JSONValue.object($0.value.json)) }
        var members: [(String, JSONValue)] = [
            ("keys", KeyTable.json(keys)), ("roles", .object(JSONObject(roles))),
        ]
        if let consistentSnapshot { members.append(("consistent_snapshot", .bool(consistentSnapshot))) }
        return header.json(type: Root.type, members)
    }
}

extension Root {
    /// - Parameter role: a top-level role.
    /// - Throws: `.notDelegated` for another role, `.belowThreshold` where too few of its keys have signed.
    package func requireThreshold<Payload>(
        of role: RoleName, on envelope: Envelope<Payload>
    ) throws(MetadataError) {
        guard let roleKeys = roles[role] else { throw .notDelegated(role, by: .root) }
        try roleKeys.requireThreshold(of: role, envelope.signatures, over: envelope.signedBytes, keys: keys)
    }
}
