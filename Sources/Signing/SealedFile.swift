import CanonicalJSON
import TUF

/// A file of any content under a passphrase: a line that says how it is sealed, then the encrypted bytes.
///
/// ```
/// {"cipher": …, "format": text, "kdf": …, "version": 1}\n     canonical JSON; see `PassphraseSeal`
/// the encrypted content and its authentication tag
/// ```
///
/// The line is the associated data: no byte of the file can be changed unnoticed.
package struct SealedFile: Hashable, Sendable {
    /// What the file holds, such as `bonded-ceremony-backup`.
    private let format: String
    let seal: PassphraseSeal
    private let sealed: [UInt8]

    /// Our own limit; the line has about 200 bytes.
    private static let maxHeaderBytes = 1024
    private static let version = 1

    /// Encrypts under a fresh salt and nonce.
    ///
    /// - Throws: `.outOfMemory`.
    package init(
        sealing content: [UInt8], format: String, passphrase: Passphrase, cost: KeyDerivationCost = .standard
    ) throws(SigningError) {
        let seal = PassphraseSeal(cost: cost)
        sealed = try seal.encrypt(
            content, count: content.count, associated: Self.header(format, seal), under: passphrase)
        self.format = format
        self.seal = seal
    }

    /// Reads the file's bytes. Exactly the line that `encoded()` makes is accepted.
    package init(parsing bytes: [UInt8], format: String) throws(KeyFileFault) {
        guard let end = bytes.prefix(Self.maxHeaderBytes).firstIndex(of: UInt8(ascii: "\n")) else {
            throw .notJSON
        }
        let line = Array(bytes[..<end])
        guard let object = (try? JSONValue(parsing: line))?.object else { throw .notJSON }
        let fields = KeyFileFields(object)
        let stated = try fields.string("format")
        guard stated == format else { throw .unknownFormat(stated) }
        let version = try fields.integer("version")
        guard version == Self.version else { throw .unsupportedVersion(version) }
        try fields.refuseUnknown(besides: PassphraseSeal.memberNames.union(["format", "version"]))
        self.format = format
        seal = try PassphraseSeal(reading: fields)
        sealed = Array(bytes[(end + 1)...])
        guard sealed.count >= PassphraseSeal.tagBytes else { throw .wrongLength(field: "content") }
        guard Self.header(format, seal) == line else { throw .notCanonical }
    }

    package func encoded() -> [UInt8] { Self.header(format, seal) + [UInt8(ascii: "\n")] + sealed }

    /// Decrypts the content.
    ///
    /// - Returns: nil where the passphrase is wrong or the file was altered: it cannot be told which.
    /// - Throws: `.outOfMemory`.
    package func open(with passphrase: Passphrase) throws(SigningError) -> [UInt8]? {
        // One byte at least, which an empty content leaves alone: its address must exist.
        var content = [UInt8](repeating: 0, count: max(sealed.count - PassphraseSeal.tagBytes, 1))
        let isOpen = try content.withUnsafeMutableBufferPointer { buffer throws(SigningError) in
            guard let start = buffer.baseAddress else { return false }
            return try seal.decrypt(
                sealed, associated: Self.header(format, seal), under: passphrase, into: start)
        }
        return isOpen ? Array(content.prefix(sealed.count - PassphraseSeal.tagBytes)) : nil
    }

    private static func header(_ format: String, _ seal: PassphraseSeal) -> [UInt8] {
        JSONValue.object(
            seal.members.merging(["format": .string(format), "version": .integer(Self.version)])
        ).canonicalBytes()
    }
}
