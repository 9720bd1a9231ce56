import CSodium
import TUF

extension SecretKey {
    /// The same key on every machine: made from a passphrase and an account's name, and kept nowhere.
    ///
    /// Argon2id with 4 passes over 1 GiB, salted with BLAKE2b of the line `bonded derived key 1` and the account's name.
    /// Whoever learns the passphrase has the key, and can try guesses against the public key without asking anyone.
    ///
    /// - Throws: `.weakPassphrase`, `.outOfMemory`.
    package convenience init(derivedFrom passphrase: Passphrase, account: String) throws(SigningError) {
        let bits = PassphraseStrength.bits(of: passphrase, account: account)
        guard bits >= PassphraseStrength.needed else {
            throw .weakPassphrase(bits: bits, needed: PassphraseStrength.needed)
        }
        let context = Array("bonded derived key 1\n\(account)".utf8)
        var salt = [UInt8](repeating: 0, count: KeyDerivationCost.saltBytes)
        guard crypto_generichash(&salt, salt.count, context, UInt64(context.count), nil, 0) == 0 else {
            throw .cryptographyFailed("crypto_generichash")
        }
        try self.init(seed: KeyDerivationCost.derivedKeys.deriveKey(from: passphrase, salt: salt))
    }
}
