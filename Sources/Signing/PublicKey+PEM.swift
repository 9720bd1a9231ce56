import CanonicalJSON
import Foundation
package import TUF

extension PublicKey {
    /// An Ed25519 key as `PUBLIC KEY` in PEM, which `openssl pkey -pubin` reads.
    ///
    /// - Returns: nil for a key of another kind.
    /// - Source: RFC 8410 §4, RFC 7468 §13.
    package var pem: String? {
        guard keyType == "ed25519", let raw = value.flatMap(Hex.decode), raw.count == 32 else { return nil }
        return "\(Self.header)\n\(Data(Self.prefix + raw).base64EncodedString())\n\(Self.footer)\n"
    }

    /// Reads a file that holds an Ed25519 public key, in PEM or as the key object of TUF metadata.
    ///
    /// - Throws: `.foreignKey`.
    package init(reading path: String) throws(SigningError) {
        let bytes = try PrivateFile.bytes(of: path, maxBytes: 4096, forbidding: .nobody)
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasPrefix(Self.header), text.hasSuffix(Self.footer) {
            let base64 = text.dropFirst(Self.header.count).dropLast(Self.footer.count).filter {
                !$0.isWhitespace
            }
            let der = Data(base64Encoded: String(base64)).map { Array($0) } ?? []
            guard der.starts(with: Self.prefix),
                let key = try? Self.ed25519(Array(der.dropFirst(Self.prefix.count)))
            else { throw .foreignKey(path: path, "it is not an Ed25519 public key") }
            self = key
        } else if let object = (try? JSONValue(parsing: bytes))?.object,
            let key = try? PublicKey(json: object)
        {
            self = key
        } else {
            throw .foreignKey(path: path, "it is no public key in PEM and no key object of TUF metadata")
        }
    }

    private static let header = "-----BEGIN PUBLIC KEY-----"
    private static let footer = "-----END PUBLIC KEY-----"
    /// `SubjectPublicKeyInfo` up to the key's 32 bytes.
    private static let prefix: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
}
