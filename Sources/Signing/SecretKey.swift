import CSodium
package import TUF

/// An Ed25519 private key in locked memory, zeroed when the last reference goes.
package final class SecretKey: Signer {
    package let publicKey: PublicKey

    /// libsodium's form: the 32-byte seed, then the 32-byte public key.
    private let memory: SecretMemory

    /// Makes a key from the system's random source.
    package convenience init() throws(SigningError) {
        let seed = try SecretMemory(count: Self.seedBytes) { start throws(SigningError) in
            randombytes_buf(start, Self.seedBytes)
        }
        try self.init(seed: seed)
    }

    /// Expands a 32-byte seed (RFC 8032 §5.1.5).
    init(seed: SecretMemory) throws(SigningError) {
        var raw = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        let memory = try SecretMemory(count: Int(crypto_sign_SECRETKEYBYTES)) { start throws(SigningError) in
            guard seed.count == Self.seedBytes,
                seed.withBytes({ crypto_sign_seed_keypair(&raw, start, $0) }) == 0
            else { throw .cryptographyFailed("crypto_sign_seed_keypair") }
        }
        self.memory = memory
        do {
            self.publicKey = try PublicKey.ed25519(raw)
        } catch {
            throw .cryptographyFailed("crypto_sign_seed_keypair")
        }
    }

    package func sign(_ message: [UInt8]) throws(SigningError) -> Signature {
        var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
        let result = memory.withBytes {
            crypto_sign_detached(&signature, nil, message, UInt64(message.count), $0)
        }
        guard result == 0 else { throw .cryptographyFailed("crypto_sign_detached") }
        return Signature(keyID: publicKey.id, bytes: signature)
    }

    /// Lends the `seedBytes` bytes of the seed for the length of `body`.
    func withSeed<Result, Failure: Error>(
        _ body: (_ start: UnsafePointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try memory.withBytes(body)
    }

    static var seedBytes: Int { Int(crypto_sign_SEEDBYTES) }
}
