import Postgres
package import TUF

/// An account as an admin sees it.
package struct AccountSummary: Sendable {
    package let name: String
    package let createdAt: MetadataTime
    /// Tokens that open something now.
    package let tokens: Int
    /// Public keys that are active or wait for confirmation.
    package let keys: Int
    /// Projects that it owns.
    package let projects: Int
}

extension Warehouse {
    /// Every account, by name.
    package func accounts() async throws -> [AccountSummary] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT name, created_at, coalesce(tokens.count, 0) AS tokens, coalesce(keys.count, 0) AS keys,
                       coalesce(projects.count, 0) AS projects
                FROM account
                LEFT JOIN (SELECT account_id, count(*) FROM token
                           WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
                           GROUP BY account_id) AS tokens ON tokens.account_id = account.id
                LEFT JOIN (SELECT account_id, count(*) FROM developer_key WHERE state <> 'retired'
                           GROUP BY account_id) AS keys ON keys.account_id = account.id
                LEFT JOIN (SELECT account_id, count(*) FROM project_owner
                           GROUP BY account_id) AS projects ON projects.account_id = account.id
                ORDER BY name
                """
            ).map { row in
                AccountSummary(
                    name: try row.get("name"), createdAt: try row.time("created_at"),
                    tokens: try row.get("tokens"), keys: try row.get("keys"),
                    projects: try row.get("projects"))
            }
        }
    }
}
