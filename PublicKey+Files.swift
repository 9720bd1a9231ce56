import CanonicalJSON
package import TUF

extension PublicKey {
    /// Reads an Ed25519 public key: `PUBLIC KEY` in PEM, or the key object of TUF metadata in JSON.
    ///
    /// - Throws: `.unusablePublicKey`, and what reading a file may throw.
    package init(reading path: String) throws(SigningError) {
        let contents = try PrivateFile.read(path, maxBytes: Self.maxFileBytes, forbidding: .nobody)
        do {
            if let block = try PEMBlock(contents) {
                let der = block.memory.copy(first: block.count)
                guard block.label == "PUBLIC KEY", der.starts(with: Self.subjectPublicKeyInfoHead) else {
                    throw SigningError.unusablePublicKey(path: path)
                }
                self = try .ed25519(Array(der.dropFirst(Self.subjectPublicKeyInfoHead.count)))
            } else {
                self = try PublicKey(json: JSONValue(parsing: contents.copied()).object ?? [:])
            }
        } catch let error as SigningError {
            throw error
        } catch {
            throw .unusablePublicKey(path: path)
        }
        guard keyType == "ed25519", isSupported else { throw .unusablePublicKey(path: path) }
    }

    /// What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410 §4).
    static var subjectPublicKeyInfoHead: [UInt8] {
        [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
    }

    /// Our own limit.
    private static var maxFileBytes: Int { 8 * 1024 }
}
