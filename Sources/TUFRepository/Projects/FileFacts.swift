package import CanonicalJSON
package import Packaging

/// A distribution as a maintainer describes it before it is sent. Checked against its bytes when they come.
package struct FileFacts: Hashable, Sendable {
    package let filename: String
    package let version: Version
    /// Bytes.
    package let size: Int
    package let sha256Hex: String
    package let blake2Hex: String
    package let md5Hex: String
    package let requiresPython: String?
    /// Of the core metadata that is served beside a wheel.
    package let metadataSHA256Hex: String?

    package init(
        filename: String, version: Version, size: Int, sha256Hex: String, blake2Hex: String, md5Hex: String,
        requiresPython: String?, metadataSHA256Hex: String?
    ) {
        self.filename = filename
        self.version = version
        self.size = size
        self.sha256Hex = sha256Hex
        self.blake2Hex = blake2Hex
        self.md5Hex = md5Hex
        self.requiresPython = requiresPython
        self.metadataSHA256Hex = metadataSHA256Hex
    }

    package init(json: JSONValue) throws(TransactionRefusal) {
        let fields = try WireFields(
            json,
            allowing: [
                "filename", "version", "size", "sha256", "blake2b_256", "md5", "requires_python",
                "metadata_sha256",
            ])
        let text = try fields.string("version")
        guard let version = try? Version(text) else {
            throw TransactionRefusal(.draft, value: text, "'\(text)' is not a version.")
        }
        let size = try fields.integer("size")
        guard size > 0 else {
            throw TransactionRefusal(.draft, value: "\(size)", "A file has at least a byte.")
        }
        try self.init(
            filename: fields.string("filename"), version: version, size: size,
            sha256Hex: fields.hex("sha256", bytes: 32), blake2Hex: fields.hex("blake2b_256", bytes: 32),
            md5Hex: fields.hex("md5", bytes: 16), requiresPython: fields.optionalString("requires_python"),
            metadataSHA256Hex: fields["metadata_sha256"] == nil
                ? nil : fields.hex("metadata_sha256", bytes: 32))
    }

    package var json: JSONObject {
        var object = JSONObject([
            ("filename", .string(filename)), ("version", .string(version.description)),
            ("size", .integer(size)), ("sha256", .string(sha256Hex)), ("blake2b_256", .string(blake2Hex)),
            ("md5", .string(md5Hex)),
        ])
        if let requiresPython { object["requires_python"] = .string(requiresPython) }
        if let metadataSHA256Hex { object["metadata_sha256"] = .string(metadataSHA256Hex) }
        return object
    }
}
