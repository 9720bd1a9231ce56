import CanonicalJSON
package import Packaging
package import TUF

/// The role of a claimed project. Its name is kept clear of `root`, `targets`…, which are legal project names.
package enum ProjectRole {
    private static let prefix = "project-"

    package static func name(of project: ProjectName) throws(MetadataError) -> RoleName {
        try RoleName(prefix + project.normalized)
    }

    /// - Returns: the normalized name of the project; nil for another role.
    package static func project(of role: RoleName) -> String? {
        role.text.hasPrefix(prefix) ? String(role.text.dropFirst(prefix.count)) : nil
    }

    /// Whether a project's role may list this path.
    package static func covers(_ path: TargetPath, of project: ProjectName) -> Bool {
        let parts = path.text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0] == project.normalized && !parts[1].isEmpty
    }

    /// What `claimed` or `recently-claimed` says of a project: `<project>/*` and nothing after it.
    ///
    /// The custom field names the account behind each key, so that anyone can audit whose signatures count.
    package static func delegation(
        to project: ProjectName, _ maintainers: Maintainers
    ) throws(MetadataError) -> DelegatedRole {
        let accounts = maintainers.keys.map { ($0.publicKey.id.hex, JSONValue.string($0.account)) }
        return try DelegatedRole(
            name: name(of: project), keys: maintainers.roleKeys, terminating: true,
            paths: .patterns([PathPattern("\(project.normalized)/*")]),
            unrecognized: ["custom": ["accounts": .object(JSONObject(accounts))]])
    }
}
