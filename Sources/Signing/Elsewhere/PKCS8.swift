import CSodium

/// Ed25519 private keys in PEM (RFC 5958, RFC 8410 §7).
enum PKCS8 {
    /// - Returns: the 32-byte seed, and the public key where the file states it.
    static func parts(
        of file: PrivateFile.Contents, path: String
    ) throws(SigningError) -> (seed: SecretMemory, publicKey: [UInt8]?) {
        var length = 0
        let der = try SecretMemory(count: file.count) { start throws(SigningError) in
            let isDecoded = file.memory.withBytes { bytes -> Bool in
                let text = UnsafeBufferPointer(start: bytes, count: file.count)
                guard let begin = text.firstIndex(of: header), let end = text.firstIndex(of: footer),
                    end >= begin + header.utf8.count
                else { return false }
                let first = begin + header.utf8.count
                return (bytes + first).withMemoryRebound(to: CChar.self, capacity: end - first) { base64 in
                    sodium_base642bin(
                        start, file.count, base64, end - first, "\r\n \t", &length, nil,
                        sodium_base64_VARIANT_ORIGINAL) == 0
                }
            }
            guard isDecoded else { throw .foreignKey(path: path, "its PEM text is broken") }
        }
        var publicKey: [UInt8]?
        let seed = try SecretMemory(count: SecretKey.seedBytes) { seed throws(SigningError) in
            let isFound = der.withBytes { bytes -> Bool in
                var reader = DERReader(UnsafeBufferPointer(start: bytes, count: length))
                guard let found = reader.ed25519Key(), let start = found.seed.baseAddress else {
                    return false
                }
                seed.update(from: start, count: SecretKey.seedBytes)
                publicKey = found.publicKey
                return true
            }
            guard isFound else { throw .foreignKey(path: path, "it is not an Ed25519 key") }
        }
        return (seed, publicKey)
    }

    private static let header = "-----BEGIN PRIVATE KEY-----"
    private static let footer = "-----END PRIVATE KEY-----"
}

/// Reads DER elements in order, in place.
private struct DERReader {
    private var rest: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { rest = bytes }

    /// `OneAsymmetricKey` with an Ed25519 key; the second version states the public key as well.
    mutating func ed25519Key() -> (seed: UnsafeBufferPointer<UInt8>, publicKey: [UInt8]?)? {
        guard var key = element(0x30), rest.isEmpty, let version = key.element(0x02)?.rest,
            version.count == 1,
            version[0] <= 1, var algorithm = key.element(0x30), let object = algorithm.element(0x06)?.rest,
            object.elementsEqual([0x2B, 0x65, 0x70]), algorithm.rest.isEmpty,
            var octets = key.element(0x04), let seed = octets.element(0x04)?.rest, octets.rest.isEmpty,
            seed.count == SecretKey.seedBytes
        else { return nil }
        _ = key.element(0xA0)  // attributes
        let bits = version[0] == 1 ? key.element(0x81)?.rest : nil
        guard key.rest.isEmpty, bits?.first ?? 0 == 0 else { return nil }
        return (seed, bits.map { Array($0.dropFirst()) })
    }

    private mutating func element(_ tag: UInt8) -> DERReader? {
        guard rest.count >= 2, rest[0] == tag else { return nil }
        var (length, start) = (Int(rest[1]), 2)
        if length == 0x81, rest.count >= 3, rest[2] >= 0x80 { (length, start) = (Int(rest[2]), 3) }
        guard length < 0x80 || start == 3, rest.count - start >= length else { return nil }
        let content = UnsafeBufferPointer(rebasing: rest[start..<start + length])
        rest = UnsafeBufferPointer(rebasing: rest[(start + length)...])
        return DERReader(content)
    }
}
