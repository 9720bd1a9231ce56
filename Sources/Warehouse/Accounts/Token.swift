import CSodium
import Crypto
import TUF

/// A bearer secret, `bonded-<id>-<secret>`: 8 and 32 random bytes in hexadecimal.
///
/// The identifier finds the row; the secret is compared as a SHA-256 in constant time. A plain hash is enough for
/// 256 random bits, which nobody can guess.
package struct Token: Sendable {
    package let id: String
    let secret: [UInt8]

    /// The text its owner keeps. It is shown once.
    package var text: String { "\(Self.prefix)\(id)-\(Hex.encode(secret))" }

    var secretSHA256: [UInt8] { Array(SHA256.hash(data: secret)) }

    private static let prefix = "bonded-"
    private static let idBytes = 8
    private static let secretBytes = 32

    static func random() -> Token {
        Token(id: Hex.encode(randomBytes(idBytes)), secret: randomBytes(secretBytes))
    }

    /// - Returns: nil where the text cannot be a token.
    package init?(text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let id = Hex.decode(String(parts[0])), id.count == Self.idBytes,
            let secret = Hex.decode(String(parts[1])), secret.count == Self.secretBytes
        else { return nil }
        self.init(id: Hex.encode(id), secret: secret)
    }

    private init(id: String, secret: [UInt8]) {
        self.id = id
        self.secret = secret
    }

    /// Compares in constant time.
    func matches(sha256 expected: [UInt8]) -> Bool {
        let own = secretSHA256
        return own.count == expected.count && sodium_memcmp(own, expected, own.count) == 0
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
