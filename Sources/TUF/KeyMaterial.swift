import CSodium
import CanonicalJSON
import Crypto
import CryptoExtras

/// What a key object says, ready to verify with.
enum KeyMaterial: Hashable, Sendable {
    /// 32 bytes.
    case ed25519([UInt8])
    /// A SubjectPublicKeyInfo, DER.
    case ecdsaP256(spki: [UInt8])
    case ecdsaP384(spki: [UInt8])
    case rsaPSS(spki: [UInt8])
    case unsupported(type: String, value: JSONObject)

    init(keyType: String, scheme: String, value: JSONObject) {
        self = KeyMaterial.supported(keyType, scheme, value) ?? .unsupported(type: keyType, value: value)
    }

    private static func supported(_ keyType: String, _ scheme: String, _ value: JSONObject) -> KeyMaterial? {
        guard let text = value["public"]?.string else { return nil }
        switch (keyType, scheme) {
        case ("ed25519", "ed25519"):
            guard let raw = Hex.decode(text), raw.count == 32 else { return nil }
            return .ed25519(raw)
        case ("ecdsa", "ecdsa-sha2-nistp256"), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
            return (try? P256.Signing.PublicKey(pemRepresentation: text))
                .map { .ecdsaP256(spki: Array($0.derRepresentation)) }
        case ("ecdsa", "ecdsa-sha2-nistp384"), ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"):
            return (try? P384.Signing.PublicKey(pemRepresentation: text))
                .map { .ecdsaP384(spki: Array($0.derRepresentation)) }
        case ("rsa", "rsassa-pss-sha256"):
            // This initialiser refuses keys of fewer than 2,048 bits.
            return (try? _RSA.Signing.PublicKey(pemRepresentation: text))
                .map { .rsaPSS(spki: Array($0.derRepresentation)) }
        default:
            return nil
        }
    }

    func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        switch self {
        case .ed25519(let key):
            guard signature.count == 64 else { return false }
            return crypto_sign_verify_detached(signature, message, UInt64(message.count), key) == 0
        case .ecdsaP256(let spki):
            guard let key = try? P256.Signing.PublicKey(derRepresentation: spki),
                let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: message)
        case .ecdsaP384(let spki):
            guard let key = try? P384.Signing.PublicKey(derRepresentation: spki),
                let signature = try? P384.Signing.ECDSASignature(derRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: message)
        case .rsaPSS(let spki):
            guard let key = try? _RSA.Signing.PublicKey(derRepresentation: spki) else { return false }
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .PSS)
        case .unsupported:
            return false
        }
    }
}
