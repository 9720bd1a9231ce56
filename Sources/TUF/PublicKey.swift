package import CanonicalJSON

/// A public key, as metadata lists it.
///
/// - Shape: `{"keytype": text, "scheme": text, "keyval": {"public": text}}`, other members kept.
/// - A key of an unknown type or scheme, or with a malformed value, is a key that verifies nothing: it may
///   stand in metadata beside keys this program knows.
/// - Source: TUF §4.2.2.
package struct PublicKey: Sendable {
    /// The whole key object as read.
    package let json: JSONObject
    package let keyType: String
    package let scheme: String
    /// SHA-256 of the canonical form of `json`. Metadata may list the key under another ID.
    package let id: KeyID
    let material: KeyMaterial

    package init(json: JSONObject) throws(MetadataError) {
        var fields = Fields(json)
        keyType = try fields.string("keytype")
        scheme = try fields.string("scheme")
        let value = try fields.object("keyval")
        self.json = json
        id = KeyID(digest: Digest.sha256(json.canonicalBytes()))
        material = KeyMaterial(keyType: keyType, scheme: scheme, value: value)
    }

    /// The key object for a raw Ed25519 public key.
    ///
    /// - Throws: `.malformedPublicKey` where it is not 32 bytes.
    package static func ed25519(_ raw: [UInt8]) throws(MetadataError) -> PublicKey {
        guard raw.count == 32 else { throw .malformedPublicKey }
        return try PublicKey(json: [
            "keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": .string(Hex.encode(raw))],
        ])
    }

    /// The key's public value as listed: hexadecimal digits or PEM text.
    package var value: String? { json["keyval"]?.object?["public"]?.string }

    /// Whether this program can verify signatures of the key.
    package var isSupported: Bool {
        if case .unsupported = material { false } else { true }
    }

    /// Whether `signature` is this key's over `message`.
    package func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        material.verifies(signature, over: message)
    }
}

extension PublicKey: Hashable {
    package static func == (left: PublicKey, right: PublicKey) -> Bool { left.json == right.json }

    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
