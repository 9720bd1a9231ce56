import CanonicalJSON
import TUF
import Testing

struct KeyVector: Sendable, CustomTestStringConvertible {
    let json: JSONValue

    var testDescription: String { json["name"].string ?? "" }

    static let all = (Vectors.read("keys").array ?? []).map(KeyVector.init)
}

@Suite("Public keys (TUF §4.2.2)")
struct PublicKeyTests {
    @Test("verify what pyca/cryptography signed, and nothing else", arguments: KeyVector.all)
    func verifies(vector: KeyVector) throws {
        let key = try PublicKey(json: try #require(vector.json["key"].object))
        let verifies = key.verifies(vector.json["signature"].bytes, over: vector.json["message"].bytes)

        #expect(verifies == vector.json["valid"].bool)
        #expect(key.isSupported == vector.json["supported"].bool)
    }

    @Test("have the ID that securesystemslib gives them", arguments: KeyVector.all)
    func identifiers(vector: KeyVector) throws {
        let key = try PublicKey(json: try #require(vector.json["key"].object))

        #expect(String(decoding: key.json.canonicalBytes(), as: UTF8.self) == vector.json["canonical"].string)
        #expect(key.id.hex == vector.json["keyid"].string)
    }

    @Test("there are vectors")
    func present() { #expect(KeyVector.all.count > 40) }

    @Test("the ID covers members that are not known")
    func unknownMembers() throws {
        let plain = try key(1)
        var json = plain.json
        json["x-owner"] = "somebody"

        #expect(try PublicKey(json: json).id != plain.id)
    }

    @Test("an Ed25519 key is 32 bytes", arguments: [0, 31, 33])
    func length(count: Int) {
        #expect(throws: MetadataError.malformedPublicKey) {
            try PublicKey.ed25519([UInt8](repeating: 1, count: count))
        }
    }

    @Test("need a type, a scheme and a value", arguments: ["keytype", "scheme", "keyval"])
    func required(field: String) throws {
        var json = try key(1).json
        json[field] = nil
        #expect(throws: MetadataError.missingField(field)) { try PublicKey(json: json) }
        json[field] = 1
        #expect(throws: MetadataError.wrongFieldType(field)) { try PublicKey(json: json) }
    }
}

@Suite("A threshold (TUF §4.3)")
struct ThresholdTests {
    static let valid = KeyVector.all.filter { $0.json["valid"].bool == true }
    static let message = valid.first?.json["message"].bytes ?? []

    static func keys() throws -> [PublicKey] {
        try valid.prefix(3).map { try PublicKey(json: try #require($0.json["key"].object)) }
    }

    static func signatures() throws -> [Signature] {
        try zip(keys(), valid).map { Signature(keyID: $0.id, bytes: $1.json["signature"].bytes) }
    }

    @Test("is met by as many valid signatures of trusted keys", arguments: 1...3)
    func met(threshold: Int) throws {
        let keys = try Self.keys()
        let table = Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0) })
        let role = try RoleKeys(keyIDs: keys.map(\.id), threshold: threshold)
        let signatures = try Self.signatures()

        try role.requireThreshold(
            of: .root, Array(signatures.prefix(threshold)), over: Self.message, keys: table)
        #expect(throws: MetadataError.belowThreshold(role: .root, valid: threshold - 1, threshold: threshold))
        {
            try role.requireThreshold(
                of: .root, Array(signatures.prefix(threshold - 1)), over: Self.message, keys: table)
        }
        #expect(throws: MetadataError.belowThreshold(role: .root, valid: 0, threshold: threshold)) {
            try role.requireThreshold(of: .root, signatures, over: Self.message + [0], keys: table)
        }
    }

    @Test("counts a key once, however often it signs or is listed")
    func repeats() throws {
        let key = try #require(try Self.keys().first)
        let signature = try #require(try Self.signatures().first)
        let alias = try KeyID(String(repeating: "a", count: 64))
        let both = [signature, Signature(keyID: alias, bytes: signature.bytes)]

        let one = try RoleKeys(keyIDs: [key.id], threshold: 2)
        #expect(one.verify([signature, signature], over: Self.message, keys: [key.id: key]) == [key.id])
        let two = try RoleKeys(keyIDs: [key.id, alias], threshold: 2)
        #expect(two.verify(both, over: Self.message, keys: [key.id: key, alias: key]) == [key.id])
    }

    @Test("is not met by keys the role does not name, nor by IDs without a key")
    func foreign() throws {
        let keys = try Self.keys()
        let role = try RoleKeys(keyIDs: [keys[0].id, keys[1].id], threshold: 1)
        let signatures = try Self.signatures()

        #expect(role.verify([signatures[2]], over: Self.message, keys: [keys[2].id: keys[2]]).isEmpty)
        #expect(role.verify(signatures, over: Self.message, keys: [keys[1].id: keys[1]]) == [keys[1].id])
    }

    @Test("is at least one", arguments: [0, -1, .min])
    func positive(threshold: Int) {
        #expect(throws: MetadataError.thresholdNotPositive(threshold)) {
            try RoleKeys(keyIDs: [], threshold: threshold)
        }
    }

    @Test("names no key twice")
    func unique() throws {
        let id = try key(1).id
        #expect(throws: MetadataError.duplicateKeyID(id)) { try RoleKeys(keyIDs: [id, id], threshold: 1) }
    }
}
