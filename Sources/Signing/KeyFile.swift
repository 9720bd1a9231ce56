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
    package var cost: KeyDerivationCost { seal.cost }

    let seal: PassphraseSeal
    /// The encrypted 32-byte seed and its 16-byte authentication tag.
    let sealedSeed: [UInt8]

    init(
        label: String, publicKey: PublicKey, seal: PassphraseSeal, sealedSeed: [UInt8]
    ) throws(KeyFileFault) {
        let hasControls = label.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard (1...Self.maxLabelCharacters).contains(label.count), !hasControls else { throw .invalidLabel }
        guard sealedSeed.isEmpty || sealedSeed.count == Self.sealedSeedBytes else {
            throw .wrongLength(field: "secret")
        }
        self.label = label
        self.publicKey = publicKey
        self.seal = seal
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
                label: label, publicKey: key.publicKey, seal: PassphraseSeal(cost: cost), sealedSeed: [])
        } catch {
            throw .malformedKeyFile(path: label, fault: error)
        }
        self.label = header.label
        self.publicKey = header.publicKey
        self.seal = header.seal
        self.sealedSeed = try key.withSeed { seed throws(SigningError) in
            try header.seal.encrypt(
                seed, count: SecretKey.seedBytes, associated: header.associatedData, under: passphrase)
        }
    }

    /// Decrypts the key.
    ///
    /// - Throws: `.wrongPassphrase` (also when the file was altered), `.publicKeyMismatch`, `.outOfMemory`.
    package func open(with passphrase: Passphrase) throws(SigningError) -> SecretKey {
        let seed = try SecretMemory(count: SecretKey.seedBytes) { start throws(SigningError) in
            guard
                try seal.decrypt(
                    sealedSeed, associated: associatedData, under: passphrase, into: start)
            else { throw .wrongPassphrase(label: label) }
        }
        let key = try SecretKey(seed: seed)
        guard key.publicKey == publicKey else { throw .publicKeyMismatch(label: label) }
        return key
    }

    /// Our own limit.
    static let maxLabelCharacters = 100
    static var sealedSeedBytes: Int { SecretKey.seedBytes + PassphraseSeal.tagBytes }
}
