import CSodium
import Crypto
import CryptoExtras
import Foundation
import TUF

/// Ed25519 private keys as securesystemslib wrote them before 1.0: a JSON object, or that encrypted.
enum SecuresystemslibFile {
    /// Decrypts `salt@@@@iterations@@@@hmac@@@@iv@@@@ciphertext`: PBKDF2 and AES-256-CTR, HMAC over the ciphertext.
    static func decrypted(
        _ file: PrivateFile.Contents, path: String, with passphrase: Passphrase
    ) throws(SigningError) -> PrivateFile.Contents {
        let parts = String(decoding: file.copied(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines).components(separatedBy: "@@@@")
        guard parts.count == 5, let salt = Hex.decode(parts[0]), let rounds = Int(parts[1]),
            (1...10_000_000).contains(rounds), let mac = Hex.decode(parts[2]), let iv = Hex.decode(parts[3]),
            iv.count == 16, let ciphertext = Hex.decode(parts[4]), !ciphertext.isEmpty
        else { throw .foreignKey(path: path, "it is not as securesystemslib writes it") }
        do {
            let key = try passphrase.withBytes { bytes in
                try KDF.Insecure.PBKDF2.deriveKey(
                    from: UnsafeBufferPointer(start: bytes, count: passphrase.count), salt: salt,
                    using: .sha256,
                    outputByteCount: 32, unsafeUncheckedRounds: rounds)
            }
            guard HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: ciphertext, using: key) else {
                throw SigningError.wrongPassphrase(label: path)
            }
            var plain = try AES._CTR.decrypt(ciphertext, using: key, nonce: AES._CTR.Nonce(nonceBytes: iv))
            defer { plain.resetBytes(in: plain.indices) }
            let count = plain.count
            let memory = try SecretMemory(count: count) { start throws(SigningError) in
                plain.copyBytes(to: start, count: count)
            }
            return PrivateFile.Contents(memory: memory, count: count)
        } catch let error as SigningError {
            throw error
        } catch {
            throw .cryptographyFailed("PBKDF2 or AES-CTR")
        }
    }

    /// - Returns: the seed, and the JSON text with zeros in its place.
    static func parts(
        of file: PrivateFile.Contents, path: String
    ) throws(SigningError) -> (seed: SecretMemory, document: [UInt8]) {
        let digits = SecretKey.seedBytes * 2
        let start = file.memory.withBytes { bytes -> Int? in
            let text = UnsafeBufferPointer(start: bytes, count: file.count)
            guard var position = text.firstIndex(of: "\"private\"").map({ $0 + 9 }) else { return nil }
            while position < text.count, [0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ":")].contains(text[position])
            {
                position += 1
            }
            guard position + digits + 1 < text.count, text[position] == UInt8(ascii: "\""),
                text[position + digits + 1] == UInt8(ascii: "\"")
            else { return nil }
            return position + 1
        }
        guard let start else { throw .foreignKey(path: path, "it holds no private key of 32 bytes") }
        let seed = try SecretMemory(count: SecretKey.seedBytes) { memory throws(SigningError) in
            let isDecoded = file.memory.withBytes { bytes in
                (bytes + start).withMemoryRebound(to: CChar.self, capacity: digits) { hex in
                    sodium_hex2bin(memory, SecretKey.seedBytes, hex, digits, nil, nil, nil) == 0
                }
            }
            guard isDecoded else { throw .foreignKey(path: path, "its private key is not hexadecimal") }
        }
        let document = file.memory.withBytes { bytes in
            (0..<file.count).map { (start..<start + digits).contains($0) ? UInt8(ascii: "0") : bytes[$0] }
        }
        return (seed, document)
    }
}
