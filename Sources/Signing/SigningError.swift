/// Why a key, a key file or a passphrase could not be used.
///
/// No case carries a passphrase, a seed or any part of one.
package enum SigningError: Error, Hashable, Sendable {
    /// libsodium refused to start, or a primitive of it reported a failure it should never report.
    case cryptographyFailed(String)
    /// There is no room for this many bytes of locked memory or for a key derivation's working memory.
    case outOfMemory(bytes: Int)

    /// The system refused an operation on a file.
    case file(path: String, operation: FileOperation, errno: Int32)
    /// The path names a directory, a device or a pipe.
    case notARegularFile(path: String)
    /// The path is a symbolic link; keys and passphrases are never read or written through one.
    case symbolicLink(path: String)
    case fileTooLarge(path: String, maxBytes: Int)
    /// Others than the owner may read or change the file; `mode` holds its permission bits.
    case permissionsTooOpen(path: String, mode: UInt32)
    /// Nothing is ever overwritten.
    case alreadyExists(path: String)

    case malformedKeyFile(path: String, fault: KeyFileFault)
    /// The passphrase is wrong, or the key file was altered: authenticated encryption cannot tell which.
    case wrongPassphrase(label: String)
    case malformedSealedFile(path: String, fault: KeyFileFault)
    /// As `wrongPassphrase`, of another file than a key's.
    case sealedFileNotOpened(path: String)
    /// The decrypted seed does not make the public key that the file states.
    case publicKeyMismatch(label: String)

    /// Another program's key file that this program cannot use.
    case foreignKey(path: String, String)
    /// An ssh-agent or an external program does not sign, or not with the right key.
    case signerFailed(String, String)
    /// Something that a key cannot be used without.
    case missing(String)

    /// Too easy to guess for a key that nothing but the passphrase protects.
    case weakPassphrase(bits: Int, needed: Int)
    case emptyPassphrase
    case passphraseTooLong(maxBytes: Int)
    /// The environment has no variable of this name.
    case noEnvironmentVariable(String)
    case noTerminal(device: String, errno: Int32)
    /// Ctrl-C, end of input or a hang-up while a passphrase was asked for.
    case promptInterrupted
    /// A question was answered with something else than yes.
    case declined
    /// The two entries of a new passphrase differed, each time.
    case passphrasesDiffer

    /// What was being done to a file.
    package enum FileOperation: String, Hashable, Sendable {
        case open, inspect, read, create, write, sync, rename, remove
    }
}

/// Why the text of a key file, or of another file under a passphrase, was refused.
package enum KeyFileFault: Error, Hashable, Sendable {
    /// Not one JSON object.
    case notJSON
    /// Read, but not byte for byte what this program writes.
    case notCanonical
    case unknownFormat(String)
    case unsupportedVersion(Int)
    case unsupportedAlgorithm(String)
    case missingField(String)
    case wrongType(field: String)
    case wrongLength(field: String)
    case unknownField(String)
    case invalidLabel
    /// The key derivation would take more memory or passes than this program allows, or less than libsodium does.
    case costOutOfRange(passes: Int, memoryKiB: Int)
    case notAnEd25519Key
}
