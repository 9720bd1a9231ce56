import CSodium
import Glibc

/// A passphrase in locked memory, zeroed when the last reference goes.
///
/// It has no description, takes no command line argument and appears in no error.
package final class Passphrase: Sendable {
    private let memory: SecretMemory
    /// Length in bytes, 1…`maxBytes`.
    let count: Int

    /// Our own limit; far above what anyone types.
    package static let maxBytes = 1024

    /// Takes bytes that the caller already has in memory; that copy stays the caller's to worry about.
    ///
    /// - Throws: `.emptyPassphrase`, `.passphraseTooLong`.
    package convenience init(bytes: [UInt8]) throws(SigningError) {
        guard bytes.count <= Self.maxBytes else { throw .passphraseTooLong(maxBytes: Self.maxBytes) }
        let memory = try SecretMemory(count: max(bytes.count, 1)) { start throws(SigningError) in
            start.update(from: bytes, count: bytes.count)
        }
        try self.init(memory: memory, count: bytes.count)
    }

    /// Reads a passphrase file: its bytes, less one newline (LF or CR LF) at its end.
    ///
    /// - Throws: `.symbolicLink`, `.permissionsTooOpen` when others than owner and group have any permission,
    ///   `.emptyPassphrase`, `.passphraseTooLong`, and what reading a file may throw.
    package convenience init(file path: String) throws(SigningError) {
        let contents: PrivateFile.Contents
        do throws(SigningError) {
            contents = try PrivateFile.read(path, maxBytes: Self.maxBytes + 2, forbidding: .others)
        } catch .fileTooLarge {
            throw .passphraseTooLong(maxBytes: Self.maxBytes)
        }
        let count = contents.memory.withBytes { bytes in
            var count = contents.count
            if count > 0, bytes[count - 1] == UInt8(ascii: "\n") {
                count -= 1
                if count > 0, bytes[count - 1] == UInt8(ascii: "\r") { count -= 1 }
            }
            return count
        }
        try self.init(memory: contents.memory, count: count)
    }

    /// Reads an environment variable, as it stands.
    ///
    /// A process's environment can be read by its user and by root while it runs: a file is the better choice.
    package convenience init(environmentVariable name: String) throws(SigningError) {
        guard let text = getenv(name) else { throw .noEnvironmentVariable(name) }
        let count = strlen(text)
        guard count <= Self.maxBytes else { throw .passphraseTooLong(maxBytes: Self.maxBytes) }
        let memory = try SecretMemory(count: max(count, 1)) { start throws(SigningError) in
            text.withMemoryRebound(to: UInt8.self, capacity: count) { start.update(from: $0, count: count) }
        }
        try self.init(memory: memory, count: count)
    }

    /// - Parameter count: how many of the memory's bytes are the passphrase, from its start.
    init(memory: SecretMemory, count: Int) throws(SigningError) {
        guard count > 0 else { throw .emptyPassphrase }
        guard count <= Self.maxBytes else { throw .passphraseTooLong(maxBytes: Self.maxBytes) }
        self.memory = memory
        self.count = count
    }

    /// Makes a random passphrase (32 lower-case letters and digits, about 165 bits) and a new file that holds it.
    ///
    /// For keys that a service opens by itself: nobody needs to remember it.
    package static func createFile(at path: String) throws(SigningError) -> Passphrase {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let text = (0..<32).map { _ in alphabet[Int(randombytes_uniform(UInt32(alphabet.count)))] }
        let passphrase = try Passphrase(bytes: text)
        try PrivateFile.create(path, contents: text + [UInt8(ascii: "\n")])
        return passphrase
    }

    /// Lends the `count` bytes for the length of `body`; the pointer must not outlive it.
    func withBytes<Result>(_ body: (_ start: UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
        try memory.withBytes(body)
    }

    /// Whether both are the same, in time that depends only on their lengths.
    func matches(_ other: Passphrase) -> Bool {
        count == other.count
            && withBytes { mine in
                other.withBytes { sodium_memcmp(mine, $0, count) == 0 }
            }
    }
}
