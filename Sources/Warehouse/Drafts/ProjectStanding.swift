import CanonicalJSON
package import Packaging
import Postgres
package import TUF
package import TUFRepository

/// Who vouches for a project now.
package struct ProjectStanding: Sendable {
    package let project: ProjectName
    /// `claimed`, `claimed-<n>` or `recently-claimed`; nil while the index's bins list the project.
    package let delegator: String?
    package let version: Int?
    package let expires: MetadataTime?
    package let maintainers: Maintainers?
    /// Whom the maintainers want, once the delegation is signed offline.
    package let wanted: Maintainers?
    /// The draft that waits.
    package let draft: Int?
}

extension Warehouse {
    /// - Returns: nil for a project that nobody has heard of.
    package func standing(of project: ProjectName) async throws -> ProjectStanding? {
        let role = try ProjectRole.name(of: project).text
        return try await database.read { connection in
            let row = try connection.one(
                """
                SELECT project.name, claim.delegator, claim.maintainers, claim.wanted, metadata.version,
                       extract(epoch FROM metadata.expires_at)::bigint AS expires, draft.id AS draft
                FROM project LEFT JOIN claim ON claim.project_id = project.id
                     LEFT JOIN metadata ON metadata.role = \(role) AND metadata.superseded_at IS NULL
                     LEFT JOIN draft ON draft.project_id = project.id AND draft.state <> 'published'
                WHERE project.normalized_name = \(project.normalized)
                """)
            guard let row else { return nil }
            func maintainers(_ column: String) throws -> Maintainers? {
                try row.get(column, as: [UInt8]?.self).map { try Maintainers(json: JSONValue(parsing: $0)) }
            }
            return ProjectStanding(
                project: try ProjectName(row.get("name", as: String.self)),
                delegator: try row.get("delegator"),
                version: try row.get("version"),
                expires: try row.get("expires", as: Int?.self).map { MetadataTime(secondsSinceEpoch: $0) },
                maintainers: try maintainers("maintainers"), wanted: try maintainers("wanted"),
                draft: try row.get("draft"))
        }
    }
}
