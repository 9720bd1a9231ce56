package import TUF

extension PublicKey {
    /// An Ed25519 key as `PUBLIC KEY` in PEM, which `openssl pkey -pubin` reads.
    ///
    /// - Returns: nil for a key of another kind.
    /// - Source: RFC 8410 §4, RFC 7468 §13.
    package var pem: String? {
        guard keyType == "ed25519", let raw = value.flatMap(Hex.decode), raw.count == 32 else { return nil }
        let spki: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] + raw
        return "-----BEGIN PUBLIC KEY-----\n\(base64(spki))\n-----END PUBLIC KEY-----\n"
    }
}

private func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for place in 0..<4 {
            text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}
