import TUF
import Testing

@testable import Signing

@Suite("Secret keys")
struct SecretKeyTests {
    /// RFC 8032 §7.1: seed, public key, message, signature.
    static let vectors: [(seed: String, publicKey: String, message: String, signature: String)] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ]

    @Test("signs as RFC 8032 says", arguments: vectors)
    func knownAnswers(vector: (seed: String, publicKey: String, message: String, signature: String)) throws {
        let seed = try #require(Hex.decode(vector.seed))
        let message = try #require(Hex.decode(vector.message))
        let key = try SecretKey(
            seed: SecretMemory(count: 32) { start throws(SigningError) in start.update(from: seed, count: 32)
            })

        let signature = try key.sign(message)

        #expect(key.publicKey.value == vector.publicKey)
        #expect(Hex.encode(signature.bytes) == vector.signature)
        #expect(signature.keyID == key.publicKey.id)
    }

    @Test("a new key's signatures verify with its public key, over the same message only")
    func newKey() throws {
        let key = try SecretKey()
        let signature = try key.sign([1, 2, 3])

        #expect(key.publicKey.verifies(signature.bytes, over: [1, 2, 3]))
        #expect(!key.publicKey.verifies(signature.bytes, over: [1, 2, 4]))
        #expect(try SecretKey().publicKey != key.publicKey)
    }

    @Test("a seed of another length than 32 bytes is refused", arguments: [1, 31, 33, 64])
    func seedLength(count: Int) throws {
        let seed = try SecretMemory(count: count) { _ throws(SigningError) in }
        #expect(throws: SigningError.cryptographyFailed("crypto_sign_seed_keypair")) {
            try SecretKey(seed: seed)
        }
    }
}
