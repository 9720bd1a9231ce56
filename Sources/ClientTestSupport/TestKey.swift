import CSodium
package import TUF

/// An Ed25519 key pair made from a number.
package struct TestKey {
    package let publicKey: PublicKey
    private let secret: [UInt8]

    package init(_ seed: UInt8) throws {
        var publicBytes = [UInt8](repeating: 0, count: 32)
        var secret = [UInt8](repeating: 0, count: 64)
        crypto_sign_seed_keypair(&publicBytes, &secret, [UInt8](repeating: seed, count: 32))
        publicKey = try .ed25519(publicBytes)
        self.secret = secret
    }

    package var id: KeyID { publicKey.id }

    package func sign(_ message: [UInt8]) -> Signature {
        var signature = [UInt8](repeating: 0, count: 64)
        crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        return Signature(keyID: id, bytes: signature)
    }
}
