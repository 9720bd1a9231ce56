import CSodium
import Crypto

/// A bearer secret, `bonded-<id>-<secret>`: 8 and 32 random bytes in hexadecimal.
///
/// The identifier finds the row; the secret is compared as a SHA-256 in constant time. A plain hash is enough for
/// 256 random bits, which nobody can guess.
package struct Token: Sendable {
    package let id: String
    let secret: [UInt8]

    /// The text its owner keeps. It is shown once.
    package var text: String { "\(Self.prefix)\(id)-\(Self.hex(secret))" }

    var secretSHA256: [UInt8] { Array(SHA256.hash(data: secret)) }

    private static let prefix = "bonded-"
    private static let idBytes = 8
    private static let secretBytes = 32

    static func random() -> Token {
        Token(id: hex(randomBytes(idBytes)), secret: randomBytes(secretBytes))
    }

    /// - Returns: nil where the text cannot be a token.
    package init?(text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let id = Self.unhex(parts[0]), id.count == Self.idBytes,
            let secret = Self.unhex(parts[1]), secret.count == Self.secretBytes
        else { return nil }
        self.init(id: Self.hex(id), secret: secret)
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
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return text
    }

    private static func unhex(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
