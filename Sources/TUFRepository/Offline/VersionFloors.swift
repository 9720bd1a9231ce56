package import CanonicalJSON
package import TUF

/// Versions that new metadata must not be lower than: an attacker may have used lower ones, which caches still have.
///
/// - Shape: `{role: version}`.
package struct VersionFloors: Hashable, Sendable {
    package var versions: [RoleName: Int]

    package init(_ versions: [RoleName: Int] = [:]) { self.versions = versions }

    /// - Throws: `MetadataError` for a role name that is none, ``TransactionRefusal`` `.draft` for a version that is none.
    package init(_ json: JSONObject) throws {
        versions = [:]
        for (name, value) in json.members {
            guard let version = value.integer, version >= 1 else {
                throw TransactionRefusal(.draft, value: name, "'at_least' has a version for each role.")
            }
            versions[try RoleName(name)] = version
        }
    }

    package var json: JSONObject { JSONObject(versions.map { ($0.key.text, .integer($0.value)) }) }

    /// - Throws: `.versionNotPositive` after the largest version there is.
    func successor(of version: Int, as role: RoleName) throws(MetadataError) -> Int {
        let (next, overflow) = version.addingReportingOverflow(1)
        guard !overflow else { throw .versionNotPositive(next) }
        return max(next, versions[role] ?? 1)
    }
}
