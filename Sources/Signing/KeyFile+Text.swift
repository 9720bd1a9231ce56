import CanonicalJSON
import TUF

/// The text of a key file: one JSON object in canonical form and a newline.
///
/// ```
/// {"cipher": {"name": "xchacha20-poly1305-ietf", "nonce": hex},
///  "format": "bonded-key", "kdf": {"memory_kib": n, "name": "argon2id13", "passes": n, "salt": hex},
///  "label": text, "public_key": a TUF key object, "secret": hex, "version": 1}
/// ```
extension KeyFile {
    package func encoded() -> [UInt8] {
        var fields = header
        fields["secret"] = .string(Hex.encode(sealedSeed))
        return JSONValue.object(fields).canonicalBytes() + [UInt8(ascii: "\n")]
    }

    /// Reads the text. Exactly the bytes that `encoded()` makes are accepted: no other spacing, order or fields.
    package init(parsing bytes: [UInt8]) throws(KeyFileFault) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .notJSON }
        guard let object = json.object else { throw .notJSON }

        let fields = KeyFileFields(object)
        let format = try fields.string("format")
        guard format == Self.format else { throw .unknownFormat(format) }
        let version = try fields.integer("version")
        guard version == Self.version else { throw .unsupportedVersion(version) }
        try fields.refuseUnknown(
            besides: ["cipher", "format", "kdf", "label", "public_key", "secret", "version"])

        let cipher = try fields.object("cipher")
        try cipher.requireAlgorithm(Self.cipherName)
        try cipher.refuseUnknown(besides: ["name", "nonce"])
        let derivation = try fields.object("kdf")
        try derivation.requireAlgorithm(Self.derivationName)
        try derivation.refuseUnknown(besides: ["memory_kib", "name", "passes", "salt"])

        let keyFields = try fields.object("public_key")
        let publicKey: PublicKey
        do { publicKey = try PublicKey(json: keyFields.object) } catch { throw .notAnEd25519Key }
        guard publicKey.keyType == "ed25519", publicKey.scheme == "ed25519" else { throw .notAnEd25519Key }

        let sealedSeed = try fields.hex("secret")
        guard sealedSeed.count == Self.sealedSeedBytes else { throw .wrongLength(field: "secret") }
        try self.init(
            label: fields.string("label"), publicKey: publicKey,
            cost: KeyDerivationCost(
                passes: derivation.integer("passes"), memoryKiB: derivation.integer("memory_kib")),
            salt: derivation.hex("salt"), nonce: cipher.hex("nonce"), sealedSeed: sealedSeed)
        guard encoded() == bytes else { throw .notCanonical }
    }

    /// What the encryption authenticates besides the seed: the canonical bytes of every other field.
    var associatedData: [UInt8] { JSONValue.object(header).canonicalBytes() }

    private var header: JSONObject {
        JSONObject([
            "format": .string(Self.format),
            "version": .integer(Self.version),
            "label": .string(label),
            "public_key": .object(publicKey.json),
            "kdf": .object(
                JSONObject([
                    "name": .string(Self.derivationName),
                    "passes": .integer(cost.passes),
                    "memory_kib": .integer(cost.memoryKiB),
                    "salt": .string(Hex.encode(salt)),
                ])),
            "cipher": .object(
                JSONObject(["name": .string(Self.cipherName), "nonce": .string(Hex.encode(nonce))])),
        ])
    }

    private static let format = "bonded-key"
    private static let version = 1
    private static let cipherName = "xchacha20-poly1305-ietf"
    private static let derivationName = "argon2id13"
}

/// The fields of one object of a key file, read strictly.
private struct KeyFileFields {
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
