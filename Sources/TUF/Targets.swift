package import CanonicalJSON

/// Targets, top-level or delegated: files, and who else may vouch for files.
///
/// - Source: TUF §4.5.
package struct Targets: MetadataPayload {
    package static let type = "targets"

    package let targets: [TargetPath: TargetFile]
    package let delegations: Delegations?
    private let header: MetadataHeader

    package var version: Int { header.version }
    package var expires: MetadataTime { header.expires }
    package var specVersion: String { header.specVersion }
    package var unrecognized: JSONObject { header.unrecognized }

    /// - Throws: `.versionNotPositive`, `.unsupportedSpecVersion`.
    package init(
        version: Int, expires: MetadataTime, targets: [TargetPath: TargetFile] = [:],
        delegations: Delegations? = nil, specVersion: String = currentSpecVersion,
        unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        header = try MetadataHeader(
            version: version, expires: expires, specVersion: specVersion, unrecognized: unrecognized)
        self.targets = targets
        self.delegations = delegations
    }

    package init(json: JSONObject) throws(MetadataError) {
        var fields = Fields(json)
        let object = try fields.object("targets")
        var targets: [TargetPath: TargetFile] = [:]
        targets.reserveCapacity(object.count)
        for (path, value) in object { targets[try TargetPath(path)] = try TargetFile(json: value) }
        self.targets = targets
        if let value = fields.optional("delegations") {
            delegations = try Delegations(json: value)
        } else {
            delegations = nil
        }
        header = try MetadataHeader(readingFrom: &fields, type: Targets.type)
    }

    package var json: JSONObject {
        let files = targets.map { ($0.key.text, JSONValue.object($0.value.json)) }
        var members: [(String, JSONValue)] = [("targets", .object(JSONObject(files)))]
        if let delegations { members.append(("delegations", .object(delegations.json))) }
        return header.json(type: Targets.type, members)
    }
}
