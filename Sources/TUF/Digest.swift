import CSodium
import Crypto

/// The hash functions that metadata may name.
package enum HashAlgorithm: String, CaseIterable, Hashable, Sendable {
    case sha256
    case sha384
    case sha512
    /// BLAKE2b with 32 bytes of output, by the name that securesystemslib gives it.
    case blake2b256 = "blake2b-256"

    /// Length of a digest, in bytes.
    package var byteCount: Int {
        switch self {
        case .sha256, .blake2b256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }
}

/// Digests of bytes in memory.
package enum Digest {
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { Array(SHA256.hash(data: $0)) }
    }

    /// The SHA-256 digest as lowercase hexadecimal digits.
    package static func sha256Hex(_ bytes: [UInt8]) -> String { Hex.encode(sha256(bytes)) }

    package static func hash(_ bytes: [UInt8], with algorithm: HashAlgorithm) -> [UInt8] {
        switch algorithm {
        case .sha256: return sha256(bytes)
        case .sha384: return bytes.withUnsafeBytes { Array(SHA384.hash(data: $0)) }
        case .sha512: return bytes.withUnsafeBytes { Array(SHA512.hash(data: $0)) }
        case .blake2b256:
            var digest = [UInt8](repeating: 0, count: algorithm.byteCount)
            // Fails only for output lengths it does not know.
            _ = crypto_generichash(&digest, digest.count, bytes, UInt64(bytes.count), nil, 0)
            return digest
        }
    }
}

/// The digests listed for a file, checked against its bytes.
enum ListedHashes {
    /// - Throws: `.noHashes`, `.malformedHash`.
    static func validate(_ hashes: [String: String]) throws(MetadataError) {
        guard !hashes.isEmpty else { throw .noHashes }
        for (name, hex) in hashes {
            let isRightLength =
                if let algorithm = HashAlgorithm(rawValue: name) {
                    hex.utf8.count == algorithm.byteCount * 2
                } else { !hex.isEmpty }
            guard isRightLength, Hex.isLowercase(hex) else { throw .malformedHash(algorithm: name) }
        }
    }

    /// Every listed digest must be of a known algorithm and match.
    ///
    /// - Throws: `.wrongLength`, `.unsupportedHashAlgorithm`, `.wrongHash`.
    static func verify(_ bytes: [UInt8], length: Int?, hashes: [String: String]) throws(MetadataError) {
        if let length, bytes.count != length { throw .wrongLength(expected: length, found: bytes.count) }
        for (name, hex) in hashes.sorted(by: { $0.key < $1.key }) {
            guard let algorithm = HashAlgorithm(rawValue: name) else { throw .unsupportedHashAlgorithm(name) }
            guard Hex.encode(Digest.hash(bytes, with: algorithm)) == hex else {
                throw .wrongHash(algorithm: name)
            }
        }
    }
}
