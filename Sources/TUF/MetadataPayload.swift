package import CanonicalJSON

/// The `signed` part of a metadata document.
package protocol MetadataPayload: Hashable, Sendable {
    /// The `_type` field.
    static var type: String { get }

    /// Which edition of the document this is, ≥ 1.
    var version: Int { get }
    /// From when on the document is no longer trusted.
    var expires: MetadataTime { get }
    /// The edition of the specification, `1.<minor>[.<patch>]`.
    var specVersion: String { get }

    /// Reads and checks the document; members it does not know are kept.
    init(json: JSONObject) throws(MetadataError)

    /// The document with the members that were not recognized.
    var json: JSONObject { get }
}

extension MetadataPayload {
    /// Whether the document is no longer trusted at `now`.
    ///
    /// - Source: TUF §5.3.10: the expiration must be *higher* than the update start time.
    package func isExpired(at now: MetadataTime) -> Bool { expires <= now }
}

/// The fields that all documents have.
///
/// - Source: TUF §4.3.
struct MetadataHeader: Hashable, Sendable {
    let version: Int
    let expires: MetadataTime
    let specVersion: String
    let unrecognized: JSONObject

    /// - Throws: `.versionNotPositive`, `.unsupportedSpecVersion`.
    init(
        version: Int, expires: MetadataTime, specVersion: String, unrecognized: JSONObject
    ) throws(MetadataError) {
        guard version >= 1 else { throw .versionNotPositive(version) }
        guard MetadataHeader.isSupported(specVersion) else { throw .unsupportedSpecVersion(specVersion) }
        self.version = version
        self.expires = expires
        self.specVersion = specVersion
        self.unrecognized = unrecognized
    }

    /// Reads the fields, after the document's own have been asked for: the rest is what is not recognized.
    init(readingFrom fields: inout Fields, type: String) throws(MetadataError) {
        let found = try fields.string("_type")
        guard found == type else { throw .wrongDocumentType(expected: type, found: found) }
        let version = try fields.integer("version")
        let specVersion = try fields.string("spec_version")
        let expires = try MetadataTime(parsing: try fields.string("expires"))
        try self.init(
            version: version, expires: expires, specVersion: specVersion, unrecognized: fields.unrecognized)
    }

    /// A document of `type` with these fields and `members`.
    func json(type: String, _ members: [(String, JSONValue)]) -> JSONObject {
        let header: [(String, JSONValue)] = [
            ("_type", .string(type)), ("spec_version", .string(specVersion)), ("version", .integer(version)),
            ("expires", .string(expires.description)),
        ]
        return JSONObject(unrecognized.members.map { ($0.key, $0.value) } + header + members)
    }

    /// What we write; any `1.x` is read.
    static let currentSpecVersion = "1.0.34"

    private static func isSupported(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && parts[0].elementsEqual("1".utf8)
            && parts.allSatisfy { part in
                (1...9).contains(part.count)
                    && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }
}

/// The specification's edition that our own documents name.
package let currentSpecVersion = MetadataHeader.currentSpecVersion
