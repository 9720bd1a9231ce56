package import CanonicalJSON

/// What targets metadata says about a target file.
///
/// - Shape: `{"length": bytes, "hashes": {algorithm: lowercase hex}, ("custom": …)}`; at least one hash.
/// - Source: TUF §4.5 TARGETS.
package struct TargetFile: Hashable, Sendable {
    package let length: Int
    package let hashes: [String: String]
    /// Whatever the repository says besides.
    package let custom: JSONValue?
    package let unrecognized: JSONObject

    /// - Throws: `.negativeLength`, `.noHashes`, `.malformedHash`.
    package init(
        length: Int, hashes: [String: String], custom: JSONValue? = nil, unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        guard length >= 0 else { throw .negativeLength(length) }
        try ListedHashes.validate(hashes)
        self.length = length
        self.hashes = hashes
        self.custom = custom
        self.unrecognized = unrecognized
    }

    /// The entry for a file with these bytes, with its SHA-256.
    package init(describing bytes: [UInt8], custom: JSONValue? = nil) throws(MetadataError) {
        try self.init(length: bytes.count, hashes: ["sha256": Digest.sha256Hex(bytes)], custom: custom)
    }

    package init(json: JSONValue) throws(MetadataError) {
        var fields = try Fields(json, field: "targets")
        let length = try fields.integer("length")
        guard let hashes = try fields.optionalHashes("hashes") else { throw .missingField("hashes") }
        let custom = fields.optional("custom")
        try self.init(length: length, hashes: hashes, custom: custom, unrecognized: fields.unrecognized)
    }

    package var json: JSONObject {
        var object = unrecognized
        object["length"] = .integer(length)
        object["hashes"] = JSONValue(hashes: hashes)
        if let custom { object["custom"] = custom }
        return object
    }

    /// Checks a file's bytes against its length and every listed hash.
    ///
    /// - Throws: `.wrongLength`, `.wrongHash`, `.unsupportedHashAlgorithm`.
    package func verify(_ bytes: [UInt8]) throws(MetadataError) {
        try ListedHashes.verify(bytes, length: length, hashes: hashes)
    }
}
