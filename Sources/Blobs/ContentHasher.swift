import CSodium
import Crypto

/// The digests of one content, in lowercase hexadecimal.
package struct ContentDigests: Hashable, Sendable {
    package let sha256Hex: String
    /// BLAKE2b with 32 bytes of output.
    package let blake2Hex: String
    /// For clients that still send it; nothing is trusted on its account.
    package let md5Hex: String

    package init(of bytes: [UInt8]) {
        let hasher = ContentHasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        self = hasher.digests()
    }

    init(sha256Hex: String, blake2Hex: String, md5Hex: String) {
        self.sha256Hex = sha256Hex
        self.blake2Hex = blake2Hex
        self.md5Hex = md5Hex
    }
}

/// Hashes a stream three ways in one pass.
package final class ContentHasher {
    private var sha256 = SHA256()
    private var md5 = Insecure.MD5()
    /// libsodium's state, which wants an alignment of 64 bytes.
    private let memory: UnsafeMutableRawPointer
    private let blake2: OpaquePointer

    private static let blake2Bytes = 32
    /// Lets libsodium choose its vectorised BLAKE2b; the portable one works as well, so failure is no error.
    private static let sodium = sodium_init()

    package init() {
        _ = Self.sodium
        memory = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
        blake2 = OpaquePointer(memory)
        crypto_generichash_init(blake2, nil, 0, Self.blake2Bytes)
    }

    deinit {
        memory.deallocate()
    }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        sha256.update(bufferPointer: bytes)
        md5.update(bufferPointer: bytes)
        updateBlake2(bytes)
    }

    /// The digests of everything so far; the hasher takes no more.
    package func digests() -> ContentDigests {
        ContentDigests(
            sha256Hex: hex(sha256.finalize()), blake2Hex: blake2Hex(), md5Hex: hex(md5.finalize()))
    }

    /// Hashes one way only, to check what is already stored.
    func updateBlake2(_ bytes: UnsafeRawBufferPointer) {
        crypto_generichash_update(
            blake2, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
    }

    func blake2Hex() -> String {
        var digest = [UInt8](repeating: 0, count: Self.blake2Bytes)
        crypto_generichash_final(blake2, &digest, Self.blake2Bytes)
        return hex(digest)
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
