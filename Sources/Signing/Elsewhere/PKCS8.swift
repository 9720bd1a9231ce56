import CSodium

/// Ed25519 private keys in PEM (RFC 5958, RFC 8410 §7).
enum PKCS8 {
    /// - Returns: the 32-byte seed.
    static func seed(in file: PrivateFile.Contents, path: String) throws(SigningError) -> SecretMemory {
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
        return try SecretMemory(count: SecretKey.seedBytes) { seed throws(SigningError) in
            let isFound = der.withBytes { bytes -> Bool in
                var reader = DERReader(UnsafeBufferPointer(start: bytes, count: length))
                guard let found = reader.ed25519Seed() else { return false }
                seed.update(from: found, count: SecretKey.seedBytes)
                return true
            }
            guard isFound else { throw .foreignKey(path: path, "it is not an Ed25519 key") }
        }
    }

    private static let header = "-----BEGIN PRIVATE KEY-----"
    private static let footer = "-----END PRIVATE KEY-----"
}

/// Reads DER elements in order, in place.
private struct DERReader {
    private var rest: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { rest = bytes }

    /// `OneAsymmetricKey` with an Ed25519 key; attributes and a public key may follow it.
    mutating func ed25519Seed() -> UnsafePointer<UInt8>? {
        guard var key = element(0x30), rest.isEmpty, let version = key.element(0x02)?.rest,
            version.count == 1,
            version[0] <= 1, var algorithm = key.element(0x30), let object = algorithm.element(0x06)?.rest,
            object.elementsEqual([0x2B, 0x65, 0x70]), algorithm.rest.isEmpty,
            var octets = key.element(0x04), let seed = octets.element(0x04)?.rest, octets.rest.isEmpty,
            seed.count == SecretKey.seedBytes
        else { return nil }
        while !key.rest.isEmpty { guard key.element(0xA0) ?? key.element(0x81) != nil else { return nil } }
        return seed.baseAddress
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
