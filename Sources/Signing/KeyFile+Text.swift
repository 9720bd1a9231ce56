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
            besides: PassphraseSeal.memberNames.union(["format", "label", "public_key", "secret", "version"]))

        let seal = try PassphraseSeal(reading: fields)
        let keyFields = try fields.object("public_key")
        let publicKey: PublicKey
        do { publicKey = try PublicKey(json: keyFields.object) } catch { throw .notAnEd25519Key }
        guard publicKey.keyType == "ed25519", publicKey.scheme == "ed25519" else { throw .notAnEd25519Key }

        let sealedSeed = try fields.hex("secret")
        guard sealedSeed.count == Self.sealedSeedBytes else { throw .wrongLength(field: "secret") }
        try self.init(
            label: fields.string("label"), publicKey: publicKey, seal: seal, sealedSeed: sealedSeed)
        guard encoded() == bytes else { throw .notCanonical }
    }

    /// What the encryption authenticates besides the seed: the canonical bytes of every other field.
    var associatedData: [UInt8] { JSONValue.object(header).canonicalBytes() }

    private var header: JSONObject {
        seal.members.merging([
            "format": .string(Self.format), "version": .integer(Self.version), "label": .string(label),
            "public_key": .object(publicKey.json),
        ])
    }

    private static let format = "bonded-key"
    private static let version = 1
}
