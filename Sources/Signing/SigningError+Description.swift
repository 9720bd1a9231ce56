import Glibc

extension SigningError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cryptographyFailed(let operation): "libsodium failed: \(operation)"
        case .outOfMemory(let bytes): "no room for \(bytes) bytes of memory"
        case .file(let path, let operation, let errno):
            "\(path): cannot \(operation.rawValue): \(String(cString: strerror(errno)))"
        case .notARegularFile(let path): "\(path): not a regular file"
        case .symbolicLink(let path):
            "\(path): is a symbolic link; name the file itself"
        case .fileTooLarge(let path, let maxBytes): "\(path): longer than \(maxBytes) bytes"
        case .permissionsTooOpen(let path, let mode):
            "\(path): others may use this file (mode \(String(mode, radix: 8))); run: chmod 600 '\(path)'"
        case .alreadyExists(let path): "\(path): already exists, and nothing is overwritten"
        case .malformedKeyFile(let path, let fault): "\(path): not a usable key file: \(fault)"
        case .wrongPassphrase(let label): "wrong passphrase for the key '\(label)' (or its file was altered)"
        case .malformedSealedFile(let path, let fault): "\(path): not a usable file: \(fault)"
        case .sealedFileNotOpened(let path): "\(path): wrong passphrase (or the file was altered)"
        case .publicKeyMismatch(let label):
            "the key file of '\(label)' states another public key than it holds"
        case .foreignKey(let path, let reason): "\(path): \(reason)"
        case .signerFailed(let signer, let reason): "\(signer): \(reason)"
        case .missing(let what): what
        case .weakPassphrase(let bits, let needed):
            "the passphrase withstands about 2^\(bits) guesses, and \(needed) bits are needed where nothing else "
                + "protects the key: take six or more words that dice or a program have chosen"
        case .emptyPassphrase: "the passphrase is empty"
        case .passphraseTooLong(let maxBytes): "the passphrase is longer than \(maxBytes) bytes"
        case .noEnvironmentVariable(let name): "the environment variable \(name) is not set"
        case .noTerminal(let device, let errno):
            "no terminal to ask for a passphrase (\(device): \(String(cString: strerror(errno)))); "
                + "give a passphrase file"
        case .promptInterrupted: "interrupted"
        case .declined: "not confirmed; nothing was signed"
        case .passphrasesDiffer: "the two passphrases differ"
        }
    }
}

extension KeyFileFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON: "not a JSON object"
        case .notCanonical: "not as it was written; restore it from a copy"
        case .unknownFormat(let format): "unknown format '\(format)'"
        case .unsupportedVersion(let version): "version \(version) is not supported"
        case .unsupportedAlgorithm(let name): "algorithm '\(name)' is not supported"
        case .missingField(let field): "'\(field)' is missing"
        case .wrongType(let field): "'\(field)' has the wrong type"
        case .wrongLength(let field): "'\(field)' has the wrong length"
        case .unknownField(let field): "'\(field)' is unknown"
        case .invalidLabel: "its label is empty, too long or has control characters"
        case .costOutOfRange(let passes, let memoryKiB):
            "its key derivation asks for \(passes) passes over \(memoryKiB) KiB, outside the allowed range"
        case .notAnEd25519Key: "its public key is not an Ed25519 key"
        }
    }
}
