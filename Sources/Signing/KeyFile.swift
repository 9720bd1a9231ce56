import CSodium
package import TUF

/// An Ed25519 private key under a passphrase: Argon2id makes the key that XChaCha20-Poly1305 encrypts the seed with.
///
/// Everything else in the file (label, public key, algorithms, cost, salt, nonce) is the associated data, so that
/// no byte of it can be changed unnoticed. The public part can be read without the passphrase, but is only proven
/// by opening the file.
package struct KeyFile: Hashable, Sendable {
    /// Whose or what for; shown to people. 1…100 characters, none of them a control character.
    package let label: String
    package let publicKey: PublicKey
    package let cost: KeyDerivationCost

    let salt: [UInt8]
    let nonce: [UInt8]
    /// The encrypted 32-byte seed and its 16-byte authentication tag.
    let sealedSeed: [UInt8]

    init(
        label: String, publicKey: PublicKey, cost: KeyDerivationCost, salt: [UInt8], nonce: [UInt8],
        sealedSeed: [UInt8]
    ) throws(KeyFileFault) {
        let hasControls = label.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard (1...Self.maxLabelCharacters).contains(label.count), !hasControls else { throw .invalidLabel }
        guard salt.count == KeyDerivationCost.saltBytes else { throw .wrongLength(field: "salt") }
        guard nonce.count == Self.nonceBytes else { throw .wrongLength(field: "nonce") }
        guard sealedSeed.isEmpty || sealedSeed.count == Self.sealedSeedBytes else {
            throw .wrongLength(field: "secret")
        }
        self.label = label
        self.publicKey = publicKey
        self.cost = cost
        self.salt = salt
        self.nonce = nonce
        self.sealedSeed = sealedSeed
    }

    /// Encrypts a key under a fresh salt and nonce.
    ///
    /// Takes `cost.memoryKiB` of memory for as long as the derivation runs.
    package init(
        sealing key: SecretKey, label: String, passphrase: Passphrase, cost: KeyDerivationCost = .standard
    ) throws(SigningError) {
        let header: KeyFile
        do {
            header = try KeyFile(
                label: label, publicKey: key.publicKey, cost: cost,
                salt: randomBytes(count: KeyDerivationCost.saltBytes),
                nonce: randomBytes(count: Self.nonceBytes),
                sealedSeed: [])
        } catch {
            throw .malformedKeyFile(path: label, fault: error)
        }
        let associated = header.associatedData
        let encryptionKey = try cost.deriveKey(from: passphrase, salt: header.salt)
        var sealed = [UInt8](repeating: 0, count: Self.sealedSeedBytes)
        let result = key.withSeed { seed in
            encryptionKey.withBytes {
                crypto_aead_xchacha20poly1305_ietf_encrypt(
                    &sealed, nil, seed, UInt64(SecretKey.seedBytes), associated, UInt64(associated.count),
                    nil,
                    header.nonce, $0)
            }
        }
        guard result == 0 else { throw .cryptographyFailed("crypto_aead_xchacha20poly1305_ietf_encrypt") }
        self.label = header.label
        self.publicKey = header.publicKey
        self.cost = header.cost
        self.salt = header.salt
        self.nonce = header.nonce
        self.sealedSeed = sealed
    }

    /// Decrypts the key.
    ///
    /// - Throws: `.wrongPassphrase` (also when the file was altered), `.publicKeyMismatch`, `.outOfMemory`.
    package func open(with passphrase: Passphrase) throws(SigningError) -> SecretKey {
        let encryptionKey = try cost.deriveKey(from: passphrase, salt: salt)
        let associated = associatedData
        let seed = try SecretMemory(count: SecretKey.seedBytes) { start throws(SigningError) in
            let result = encryptionKey.withBytes {
                crypto_aead_xchacha20poly1305_ietf_decrypt(
                    start, nil, nil, sealedSeed, UInt64(sealedSeed.count), associated,
                    UInt64(associated.count), nonce, $0)
            }
            guard result == 0 else { throw .wrongPassphrase(label: label) }
        }
        let key = try SecretKey(seed: seed)
        guard key.publicKey == publicKey else { throw .publicKeyMismatch(label: label) }
        return key
    }

    /// Our own limit.
    static let maxLabelCharacters = 100
    static var nonceBytes: Int { Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) }
    static var sealedSeedBytes: Int {
        SecretKey.seedBytes + Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
    }
}
