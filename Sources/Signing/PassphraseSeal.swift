import CSodium
import CanonicalJSON
import TUF

/// How bytes are put under a passphrase: Argon2id makes the key that XChaCha20-Poly1305 encrypts them with.
///
/// ```
/// "cipher": {"name": "xchacha20-poly1305-ietf", "nonce": hex}
/// "kdf": {"memory_kib": n, "name": "argon2id13", "passes": n, "salt": hex}
/// ```
struct PassphraseSeal: Hashable, Sendable {
    let cost: KeyDerivationCost
    let salt: [UInt8]
    let nonce: [UInt8]

    init(cost: KeyDerivationCost, salt: [UInt8], nonce: [UInt8]) throws(KeyFileFault) {
        guard salt.count == KeyDerivationCost.saltBytes else { throw .wrongLength(field: "salt") }
        guard nonce.count == Self.nonceBytes else { throw .wrongLength(field: "nonce") }
        self.cost = cost
        self.salt = salt
        self.nonce = nonce
    }

    /// A fresh salt and nonce.
    init(cost: KeyDerivationCost) {
        self.cost = cost
        salt = randomBytes(count: KeyDerivationCost.saltBytes)
        nonce = randomBytes(count: Self.nonceBytes)
    }

    /// Encrypts `count` bytes; takes `cost.memoryKiB` of memory for as long as the derivation runs.
    ///
    /// - Parameter associated: what is authenticated besides.
    /// - Returns: as many bytes and the authentication tag.
    func encrypt(
        _ start: UnsafePointer<UInt8>, count: Int, associated: [UInt8], under passphrase: Passphrase
    ) throws(SigningError) -> [UInt8] {
        let key = try cost.deriveKey(from: passphrase, salt: salt)
        var sealed = [UInt8](repeating: 0, count: count + Self.tagBytes)
        let result = key.withBytes {
            crypto_aead_xchacha20poly1305_ietf_encrypt(
                &sealed, nil, start, UInt64(count), associated, UInt64(associated.count), nil, nonce, $0)
        }
        guard result == 0 else { throw .cryptographyFailed("crypto_aead_xchacha20poly1305_ietf_encrypt") }
        return sealed
    }

    /// Decrypts into `start`, which has room for all but the authentication tag.
    ///
    /// - Returns: whether the passphrase is right and nothing was altered, which cannot be told apart.
    func decrypt(
        _ sealed: [UInt8], associated: [UInt8], under passphrase: Passphrase,
        into start: UnsafeMutablePointer<UInt8>
    ) throws(SigningError) -> Bool {
        let key = try cost.deriveKey(from: passphrase, salt: salt)
        return key.withBytes {
            crypto_aead_xchacha20poly1305_ietf_decrypt(
                start, nil, nil, sealed, UInt64(sealed.count), associated, UInt64(associated.count), nonce, $0
            )
        } == 0
    }

    static var nonceBytes: Int { Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) }
    static var tagBytes: Int { Int(crypto_aead_xchacha20poly1305_ietf_ABYTES) }
}

extension PassphraseSeal {
    /// The members of a file's JSON that say how it was sealed.
    static let memberNames: Set<String> = ["cipher", "kdf"]

    var members: JSONObject {
        [
            "kdf": [
                "name": .string(Self.derivationName), "passes": .integer(cost.passes),
                "memory_kib": .integer(cost.memoryKiB), "salt": .string(Hex.encode(salt)),
            ],
            "cipher": ["name": .string(Self.cipherName), "nonce": .string(Hex.encode(nonce))],
        ]
    }

    init(reading fields: KeyFileFields) throws(KeyFileFault) {
        let cipher = try fields.object("cipher")
        try cipher.requireAlgorithm(Self.cipherName)
        try cipher.refuseUnknown(besides: ["name", "nonce"])
        let derivation = try fields.object("kdf")
        try derivation.requireAlgorithm(Self.derivationName)
        try derivation.refuseUnknown(besides: ["memory_kib", "name", "passes", "salt"])
        try self.init(
            cost: KeyDerivationCost(
                passes: derivation.integer("passes"), memoryKiB: derivation.integer("memory_kib")),
            salt: derivation.hex("salt"), nonce: cipher.hex("nonce"))
    }

    private static let cipherName = "xchacha20-poly1305-ietf"
    private static let derivationName = "argon2id13"
}
