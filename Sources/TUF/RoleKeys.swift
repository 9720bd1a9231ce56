package import CanonicalJSON

/// The keys that may sign a role, and how many must.
///
/// - Shape: `{"keyids": [hex], "threshold": n}`; n ≥ 1; IDs unique, order kept. An ID need not have a key, and
///   the threshold may exceed the number of keys: such a role is never satisfied.
/// - Source: TUF §4.3.
package struct RoleKeys: Hashable, Sendable {
    package let keyIDs: [KeyID]
    package let threshold: Int
    package let unrecognized: JSONObject

    package init(keyIDs: [KeyID], threshold: Int, unrecognized: JSONObject = [:]) throws(MetadataError) {
        guard threshold >= 1 else { throw .thresholdNotPositive(threshold) }
        var seen: Set<KeyID> = []
        for id in keyIDs where !seen.insert(id).inserted { throw .duplicateKeyID(id) }
        self.keyIDs = keyIDs
        self.threshold = threshold
        self.unrecognized = unrecognized
    }

    init(json: JSONValue, field: String) throws(MetadataError) {
        var fields = try Fields(json, field: field)
        try self.init(readingFrom: &fields)
    }

    /// Reads the two fields that a role's keys have; the others stay in `fields` unless `keepingRest`.
    init(readingFrom fields: inout Fields, keepingRest: Bool = true) throws(MetadataError) {
        guard let texts = try fields.optionalStrings("keyids") else { throw .missingField("keyids") }
        var keyIDs: [KeyID] = []
        for text in texts { keyIDs.append(try KeyID(text)) }
        let threshold = try fields.integer("threshold")
        try self.init(
            keyIDs: keyIDs, threshold: threshold, unrecognized: keepingRest ? fields.unrecognized : [:])
    }

    package var json: JSONObject {
        unrecognized.merging([
            "keyids": .array(keyIDs.map { .string($0.hex) }), "threshold": .integer(threshold),
        ])
    }
}

extension RoleKeys {
    /// The trusted keys that have signed `message`.
    ///
    /// Goes through the trusted IDs and looks up the signatures, so that each key counts once, whatever the
    /// signatures look like.
    package func verify(
        _ signatures: [Signature], over message: [UInt8], keys: [KeyID: PublicKey]
    ) -> Set<KeyID> {
        var valid: Set<KeyID> = []
        var material: Set<KeyMaterial> = []
        for id in keyIDs {
            guard let key = keys[id], let signature = signatures.first(where: { $0.keyID == id }) else {
                continue
            }
            guard key.verifies(signature.bytes, over: message) else { continue }
            if material.insert(key.material).inserted { valid.insert(id) }
        }
        return valid
    }

    /// - Throws: `.belowThreshold` where fewer trusted keys than the threshold have signed `message`.
    package func requireThreshold(
        of role: RoleName, _ signatures: [Signature], over message: [UInt8], keys: [KeyID: PublicKey]
    ) throws(MetadataError) {
        let valid = verify(signatures, over: message, keys: keys).count
        guard valid >= threshold else {
            throw .belowThreshold(role: role, valid: valid, threshold: threshold)
        }
    }

    /// - Throws: `.duplicatePublicKey` where two of the IDs name one public key.
    func requireDistinctKeys(_ keys: [KeyID: PublicKey]) throws(MetadataError) {
        var seen: [KeyMaterial: KeyID] = [:]
        for id in keyIDs {
            guard let material = keys[id]?.material else { continue }
            if let earlier = seen.updateValue(id, forKey: material) { throw .duplicatePublicKey(earlier, id) }
        }
    }
}

/// The `keys` member of root and of delegations.
enum KeyTable {
    static func read(_ object: JSONObject) throws(MetadataError) -> [KeyID: PublicKey] {
        var keys: [KeyID: PublicKey] = [:]
        keys.reserveCapacity(object.count)
        for (id, value) in object {
            guard case .object(let key) = value else { throw .wrongFieldType("keys") }
            keys[try KeyID(id)] = try PublicKey(json: key)
        }
        return keys
    }

    static func json(_ keys: [KeyID: PublicKey]) -> JSONValue {
        .object(JSONObject(keys.map { ($0.key.hex, .object($0.value.json)) }))
    }
}
