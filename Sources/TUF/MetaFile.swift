package import CanonicalJSON

/// What timestamp and snapshot say about a metadata file.
///
/// - Shape: `{"version": n}`, n ≥ 1, with optional `"length"` in bytes and `"hashes"` (lowercase hex by algorithm).
/// - Source: TUF §4.4 METAFILES.
package struct MetaFile: Hashable, Sendable {
    package let version: Int
    package let length: Int?
    package let hashes: [String: String]?
    package let unrecognized: JSONObject

    /// - Throws: `.versionNotPositive`, `.negativeLength`, `.noHashes`, `.malformedHash`.
    package init(
        version: Int, length: Int? = nil, hashes: [String: String]? = nil, unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        guard version >= 1 else { throw .versionNotPositive(version) }
        if let length, length < 0 { throw .negativeLength(length) }
        if let hashes { try ListedHashes.validate(hashes) }
        self.version = version
        self.length = length
        self.hashes = hashes
        self.unrecognized = unrecognized
    }

    /// The entry for a file with these bytes, with its length and SHA-256.
    package init(version: Int, describing bytes: [UInt8]) throws(MetadataError) {
        try self.init(version: version, length: bytes.count, hashes: ["sha256": Digest.sha256Hex(bytes)])
    }

    init(json: JSONValue) throws(MetadataError) {
        // Most entries of a snapshot are a version and nothing else.
        if let members = json.object?.members, members.count == 1, members[0].key == "version",
            case .integer(let version) = members[0].value
        {
            try self.init(version: version)
            return
        }
        var fields = try Fields(json, field: "meta")
        let version = try fields.integer("version")
        let length = try fields.optionalInteger("length")
        let hashes = try fields.optionalHashes("hashes")
        try self.init(version: version, length: length, hashes: hashes, unrecognized: fields.unrecognized)
    }

    package var json: JSONObject {
        if length == nil, hashes == nil, unrecognized.isEmpty {
            return JSONObject([("version", .integer(version))])
        }
        var object = unrecognized
        object["version"] = .integer(version)
        if let length { object["length"] = .integer(length) }
        if let hashes { object["hashes"] = JSONValue(hashes: hashes) }
        return object
    }

    /// Checks a file's bytes against the length and hashes that are listed, if any are.
    ///
    /// - Throws: `.wrongLength`, `.wrongHash`, `.unsupportedHashAlgorithm`.
    package func verify(_ bytes: [UInt8]) throws(MetadataError) {
        try ListedHashes.verify(bytes, length: length, hashes: hashes ?? [:])
    }
}
