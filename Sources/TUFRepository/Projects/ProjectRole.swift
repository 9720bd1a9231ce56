import CanonicalJSON
package import Packaging
package import TUF

/// The role of a claimed project. Its name is kept clear of `root`, `targets`…, which are legal project names.
package enum ProjectRole {
    private static let prefix = "project-"

    package static func name(of project: ProjectName) throws(MetadataError) -> RoleName {
        try role(of: project.normalized)
    }

    /// - Parameter project: its normalized name.
    package static func role(of project: String) throws(MetadataError) -> RoleName {
        try RoleName(prefix + project)
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
    /// - Parameter project: its normalized name.
    ///
    /// The custom field names the account behind each key, so that anyone can audit whose signatures count.
    package static func delegation(
        to project: String, _ maintainers: Maintainers
    ) throws(MetadataError) -> DelegatedRole {
        let accounts = maintainers.keys.map { ($0.publicKey.id.hex, JSONValue.string($0.account)) }
        return try DelegatedRole(
            name: role(of: project), keys: maintainers.roleKeys, terminating: true,
            paths: .patterns([PathPattern("\(project)/*")]),
            unrecognized: ["custom": ["accounts": .object(JSONObject(accounts))]])
    }

    /// The delegations to these projects, by normalized name, in order of their names.
    package static func delegations(
        to projects: [String: Maintainers]
    ) throws(MetadataError) -> Delegations {
        var keys: [KeyID: PublicKey] = [:]
        var roles: [DelegatedRole] = []
        for (name, maintainers) in projects.sorted(by: { $0.key < $1.key }) {
            for key in maintainers.keys { keys[key.publicKey.id] = key.publicKey }
            roles.append(try delegation(to: name, maintainers))
        }
        return try Delegations(keys: keys, roles: roles)
    }
}
