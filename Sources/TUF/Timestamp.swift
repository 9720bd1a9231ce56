package import CanonicalJSON

/// Timestamp: which snapshot is the current one.
///
/// - Source: TUF §4.6; `meta` describes `snapshot.json` and nothing else.
package struct Timestamp: MetadataPayload {
    package static let type = "timestamp"

    package let snapshot: MetaFile
    private let header: MetadataHeader

    package var version: Int { header.version }
    package var expires: MetadataTime { header.expires }
    package var specVersion: String { header.specVersion }
    package var unrecognized: JSONObject { header.unrecognized }

    /// - Throws: `.versionNotPositive`, `.unsupportedSpecVersion`.
    package init(
        version: Int, expires: MetadataTime, snapshot: MetaFile, specVersion: String = currentSpecVersion,
        unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        header = try MetadataHeader(
            version: version, expires: expires, specVersion: specVersion, unrecognized: unrecognized)
        self.snapshot = snapshot
    }

    package init(json: JSONObject) throws(MetadataError) {
        var fields = Fields(json)
        let meta = try fields.object("meta")
        guard meta.count == 1, let entry = meta["snapshot.json"] else { throw .timestampMustListSnapshotOnly }
        snapshot = try MetaFile(json: entry)
        header = try MetadataHeader(readingFrom: &fields, type: Timestamp.type)
    }

    package var json: JSONObject {
        header.json(type: Timestamp.type, [("meta", ["snapshot.json": .object(snapshot.json)])])
    }
}
