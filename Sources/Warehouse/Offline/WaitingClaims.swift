import CanonicalJSON
import Postgres
package import TUF
package import TUFRepository

/// A project that `claimed` does not say all of yet.
package struct WaitingClaim: Sendable {
    /// Normalized.
    package let project: String
    /// Whom `claimed` will name.
    package let maintainers: Maintainers
    /// Whether it is new there, not with other maintainers only.
    package let isNew: Bool
    package let since: MetadataTime
    /// Whether it is in the draft that is being signed.
    package let isDrafted: Bool
}

extension Warehouse {
    /// The projects that wait for a new `claimed`, by name.
    package func waitingClaims() async throws -> [WaitingClaim] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT project.normalized_name, coalesce(claim.wanted, claim.maintainers) AS maintainers,
                       claim.delegator, extract(epoch FROM claim.claimed_at)::bigint AS claimed_at,
                       claim.offline_draft_id IS NOT NULL AS is_drafted
                FROM claim JOIN project ON project.id = claim.project_id
                WHERE claim.delegator = \(RoleName.recentlyClaimed.text) OR claim.wanted IS NOT NULL
                ORDER BY project.normalized_name
                """
            ).map { row in
                WaitingClaim(
                    project: try row.get("normalized_name"),
                    maintainers: try Maintainers(json: JSONValue(parsing: row.get("maintainers"))),
                    isNew: try row.get("delegator", as: String.self) == RoleName.recentlyClaimed.text,
                    since: MetadataTime(secondsSinceEpoch: try row.get("claimed_at")),
                    isDrafted: try row.get("is_drafted"))
            }
        }
    }
}
