import CSodium

/// What turning a passphrase into an encryption key costs: Argon2id's passes and memory.
package struct KeyDerivationCost: Hashable, Sendable {
    package let passes: Int
    package let memoryKiB: Int

    /// About a second and 256 MiB (libsodium's "moderate"); for keys that matter.
    package static let standard = KeyDerivationCost(uncheckedPasses: 3, memoryKiB: 256 * 1024)
    /// Some seconds and 1 GiB (libsodium's "sensitive"). Never changed: derived keys would be others.
    static let derivedKeys = KeyDerivationCost(uncheckedPasses: 4, memoryKiB: 1024 * 1024)
    /// The least that libsodium allows. For development keys and tests only: it slows no guessing down.
    package static let development = KeyDerivationCost(uncheckedPasses: 1, memoryKiB: 8)

    /// Our own limits. A file states its cost before anything in it is authenticated: without an upper limit a
    /// hostile file could exhaust the memory or the patience of whoever opens it.
    package static let allowedPasses = 1...10
    package static let allowedMemoryKiB = 8...(1024 * 1024)

    package init(passes: Int, memoryKiB: Int) throws(KeyFileFault) {
        guard Self.allowedPasses.contains(passes), Self.allowedMemoryKiB.contains(memoryKiB) else {
            throw .costOutOfRange(passes: passes, memoryKiB: memoryKiB)
        }
        self.init(uncheckedPasses: passes, memoryKiB: memoryKiB)
    }

    private init(uncheckedPasses passes: Int, memoryKiB: Int) {
        self.passes = passes
        self.memoryKiB = memoryKiB
    }

    /// Argon2id version 1.3 of the passphrase.
    ///
    /// - Parameter salt: 16 bytes.
    /// - Returns: 32 bytes.
    func deriveKey(from passphrase: Passphrase, salt: [UInt8]) throws(SigningError) -> SecretMemory {
        let memoryBytes = memoryKiB * 1024
        return try SecretMemory(count: Self.derivedBytes) { key throws(SigningError) in
            guard salt.count == Self.saltBytes else { throw .cryptographyFailed("crypto_pwhash") }
            let result = passphrase.withBytes { secret in
                secret.withMemoryRebound(to: CChar.self, capacity: passphrase.count) { text in
                    crypto_pwhash(
                        key, UInt64(Self.derivedBytes), text, UInt64(passphrase.count), salt,
                        UInt64(passes), memoryBytes, crypto_pwhash_ALG_ARGON2ID13)
                }
            }
            guard result == 0 else { throw .outOfMemory(bytes: memoryBytes) }
        }
    }

    static var saltBytes: Int { Int(crypto_pwhash_SALTBYTES) }
    static var derivedBytes: Int { Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES) }
}
