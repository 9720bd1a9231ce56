/// The digests a client computed of the file it sends, in lower-case hexadecimal; at least one.
package struct UploadDigests: Hashable, Sendable {
    package let md5: String?
    package let sha256: String?
    /// BLAKE2b with 32 bytes.
    package let blake2b256: String?

    var isEmpty: Bool { md5 == nil && sha256 == nil && blake2b256 == nil }

    /// Compares with digests of what arrived, in lower-case hexadecimal. Every digest sent must match.
    package func check(md5: String, sha256: String, blake2b256: String) throws(UploadRefusal) {
        let pairs = [(self.md5, md5), (self.sha256, sha256), (self.blake2b256, blake2b256)]
        guard pairs.allSatisfy({ sent, computed in sent == nil || sent == computed }) else {
            throw UploadRefusal(
                message: "The digest supplied does not match a digest calculated from the uploaded file.")
        }
    }
}
