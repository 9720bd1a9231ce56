import CanonicalJSON
import Packaging
import Postgres
package import TUF
import TUFRepository

/// Who trusts whom with what, from root down to a page of the projects.
package struct DelegationTree: Sendable {
    /// A role with those that it delegates to, in order of priority; projects and bins are only counted.
    package struct Node: Sendable {
        package let role: String
        package let keys: RoleKeys
        /// Nil for what root names, and for bins.
        package let paths: DelegatedRole.Paths?
        package let terminating: Bool
        /// What this node stands for, where that is hash bins.
        package var bins: SuccinctRoles?
        /// How many projects it delegates to.
        package var projects = 0
        package var children: [Node] = []
    }

    /// A project and the role that names its maintainers' keys.
    package struct Project: Sendable {
        /// Normalized name.
        package let project: String
        package let role: RoleName
        package let delegator: RoleName
        package let keys: RoleKeys
        package let paths: DelegatedRole.Paths
        package let terminating: Bool
    }

    package let root: Node
    /// In order of their names.
    package let projects: [Project]
    /// The last of `projects`, where more follow.
    package let next: String?
}

extension Warehouse {
    /// - Parameters:
    ///   - after: the project before the first that is listed; nil begins with the first.
    ///   - limit: how many projects at most.
    package func delegationTree(after: String?, limit: Int) async throws -> DelegationTree {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT normalized_name, delegator, maintainers
                FROM claim JOIN project ON project.id = claim.project_id
                WHERE normalized_name > \(after ?? "") ORDER BY normalized_name LIMIT \(limit + 1)
                """)
            let projects = try rows.prefix(limit).map { row in
                let name: String = try row.get("normalized_name")
                let maintainers = try Maintainers(
                    json: JSONValue(parsing: row.get("maintainers", as: [UInt8].self)))
                let delegation = try ProjectRole.delegation(to: name, maintainers)
                return DelegationTree.Project(
                    project: name, role: delegation.name,
                    delegator: try RoleName(row.get("delegator", as: String.self)), keys: delegation.keys,
                    paths: delegation.paths, terminating: delegation.terminating)
            }
            return DelegationTree(
                root: try Self.roots(connection), projects: projects,
                next: rows.count > limit ? projects.last?.project : nil)
        }
    }

    private static func roots(_ connection: Connection) throws -> DelegationTree.Node {
        let counts = try Dictionary(
            uniqueKeysWithValues: connection.query(
                "SELECT delegator, count(*) AS projects FROM claim GROUP BY delegator"
            ).map { (try $0.get("delegator", as: String.self), try $0.get("projects", as: Int.self)) })
        let root = try Envelope<Root>(parsing: current(.root, connection)).payload
        func node(named role: RoleName) throws -> DelegationTree.Node {
            guard let keys = root.roles[role] else { throw WarehouseError.metadataMissing(role: role.text) }
            return DelegationTree.Node(role: role.text, keys: keys, paths: nil, terminating: false)
        }
        var top = try node(named: .root)
        var targets = try node(named: .targets)
        targets.children = try children(of: .targets, counts, connection)
        top.children = [try node(named: .timestamp), try node(named: .snapshot), targets]
        return top
    }

    private static func children(
        of delegator: RoleName, _ counts: [String: Int], _ connection: Connection
    ) throws -> [DelegationTree.Node] {
        // The others delegate to projects alone.
        guard [.targets, .claimed, .unclaimed].contains(delegator) else { return [] }
        let delegations = try Envelope<Targets>(parsing: current(delegator, connection)).payload.delegations
        if let bins = delegations?.succinct {
            return [
                DelegationTree.Node(role: "bins", keys: bins.keys, paths: nil, terminating: true, bins: bins)
            ]
        }
        return try (delegations?.roles ?? []).filter { ProjectRole.project(of: $0.name) == nil }.map { role in
            var node = DelegationTree.Node(
                role: role.name.text, keys: role.keys, paths: role.paths, terminating: role.terminating)
            node.projects = counts[role.name.text] ?? 0
            node.children = try children(of: role.name, counts, connection)
            return node
        }
    }
}
