import CSodium
import CanonicalJSON
import TUF

extension SecretKey {
    /// Reads a private key that another program has written: PKCS#8 in PEM, or a file of securesystemslib.
    ///
    /// - Parameter passphrase: asked for where the file is encrypted.
    /// - Throws: `.foreignKey` for anything but one Ed25519 key; `.permissionsTooOpen`, `.wrongPassphrase`.
    /// - Source: RFC 5958, RFC 8410 §7; securesystemslib's `keys.py` before 1.0.
    package convenience init(
        importing path: String, passphrase: () throws(SigningError) -> Passphrase
    ) throws(SigningError) {
        let file = try PrivateFile.read(path, maxBytes: 16 * 1024, forbidding: .groupAndOthers)
        let text = { (body: (UnsafeBufferPointer<UInt8>) -> Bool) in
            file.memory.withBytes { body(UnsafeBufferPointer(start: $0, count: file.count)) }
        }
        if text({ $0.contains("-----BEGIN PRIVATE KEY-----") }) {
            let (seed, stated) = try PKCS8.parts(of: file, path: path)
            try self.init(seed: seed)
            guard stated == nil || stated.map({ Hex.encode($0) }) == publicKey.value else {
                throw .foreignKey(path: path, "the public key it states does not belong to its private key")
            }
        } else if text({ $0.contains("-----BEGIN OPENSSH PRIVATE KEY-----") }) {
            throw .foreignKey(
                path: path, "it is a key of OpenSSH: `ssh-add` it, and sign with --key ssh-agent instead")
        } else if text({ $0.contains("ENCRYPTED") }) {
            throw .foreignKey(
                path: path, "it is encrypted: decrypt it with `openssl pkey -in FILE -out PLAIN` first")
        } else if text({ $0.contains("@@@@") }) {
            try self.init(
                securesystemslib: SecuresystemslibFile.decrypted(file, path: path, with: passphrase()),
                path: path)
        } else if text({ $0.contains("\"keyval\"") }) {
            try self.init(securesystemslib: file, path: path)
        } else {
            throw .foreignKey(
                path: path, "it is no PKCS#8 private key in PEM and no file of securesystemslib")
        }
    }

    private convenience init(
        securesystemslib file: PrivateFile.Contents, path: String
    ) throws(SigningError) {
        let (seed, document) = try SecuresystemslibFile.parts(of: file, path: path)
        try self.init(seed: seed)
        let object = (try? JSONValue(parsing: document))?.object
        guard object?["keytype"]?.string == "ed25519",
            object?["keyval"]?.object?["public"]?.string == publicKey.value
        else {
            throw .foreignKey(
                path: path, "it is not an Ed25519 key whose public half belongs to its private half")
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    func contains(_ text: String) -> Bool { firstIndex(of: text) != nil }

    /// Where a text begins.
    func firstIndex(of text: String) -> Int? {
        let wanted = Array(text.utf8)
        guard count >= wanted.count else { return nil }
        return (0...(count - wanted.count)).first { start in
            (0..<wanted.count).allSatisfy { self[start + $0] == wanted[$0] }
        }
    }
}
