package import CanonicalJSON

/// Snapshot: the current version of every targets role.
///
/// - Shape: `meta` maps `<role>.json` to a ``MetaFile``.
/// - Source: TUF §4.4.
package struct Snapshot: MetadataPayload {
    package static let type = "snapshot"

    /// By role, without the `.json` of the wire.
    package let meta: [RoleName: MetaFile]
    private let header: MetadataHeader

    package var version: Int { header.version }
    package var expires: MetadataTime { header.expires }
    package var specVersion: String { header.specVersion }
    package var unrecognized: JSONObject { header.unrecognized }

    /// - Throws: `.versionNotPositive`, `.unsupportedSpecVersion`.
    package init(
        version: Int, expires: MetadataTime, meta: [RoleName: MetaFile],
        specVersion: String = currentSpecVersion,
        unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        header = try MetadataHeader(
            version: version, expires: expires, specVersion: specVersion, unrecognized: unrecognized)
        self.meta = meta
    }

    package init(json: JSONObject) throws(MetadataError) {
        var fields = Fields(json)
        let object = try fields.object("meta")
        var meta: [RoleName: MetaFile] = [:]
        meta.reserveCapacity(object.count)
        for (path, value) in object {
            guard path.utf8.count > 5, path.utf8.suffix(5).elementsEqual(".json".utf8) else {
                throw .malformedMetaPath(path)
            }
            meta[try RoleName(String(Substring(path.utf8.dropLast(5))))] = try MetaFile(json: value)
        }
        self.meta = meta
        header = try MetadataHeader(readingFrom: &fields, type: Snapshot.type)
    }

    package var json: JSONObject {
        // Role names are ASCII, so that Swift's order of strings, which is faster, is the canonical one.
        let members = meta.map { ($0.key.text + ".json", JSONValue.object($0.value.json)) }.sorted {
            $0.0 < $1.0
        }
        return header.json(type: Snapshot.type, [("meta", .object(JSONObject(members)))])
    }
}
