import CanonicalJSON
import Postgres
package import TUF

/// A token as an admin sees it: all but the secret.
package struct TokenSummary: Sendable {
    package let id: String
    package let account: String
    package let scope: TokenScope
    package let label: String
    package let createdAt: MetadataTime
    package let expiresAt: MetadataTime?
    package let revokedAt: MetadataTime?
}

extension Warehouse {
    /// Our own limit, in characters.
    package static let maxTokenLabel = 100

    /// Makes a token, and the account where it is new.
    ///
    /// - Parameters:
    ///   - label: at most ``maxTokenLabel`` characters, no control characters.
    ///   - lifetime: nil for a token that does not expire.
    ///   - administrator: who asks, for the log; nil for who works on the machine itself.
    /// - Throws: ``WarehouseError/accountNameInvalid(_:)``, ``WarehouseError/tokenLabelInvalid``.
    package func createToken(
        account: String, scope: TokenScope, label: String, lifetime: Duration?,
        by administrator: String? = nil
    ) async throws -> Token {
        guard Self.isAccountName(account) else { throw WarehouseError.accountNameInvalid(account) }
        guard label.unicodeScalars.count <= Self.maxTokenLabel, !label.containsControls else {
            throw WarehouseError.tokenLabelInvalid
        }
        let token = Token.random()
        let seconds = lifetime.map { Int($0.components.seconds) }
        try await database.transaction { connection in
            let accountID = try Self.accountID(named: account, connection)
            try connection.execute(
                """
                INSERT INTO token (id, account_id, secret_sha256, scope, label, expires_at)
                VALUES (\(token.id), \(accountID), \(token.secretSHA256), \(scope.rawValue), \(label),
                        now() + \(seconds)::bigint * interval '1 second')
                """)
            try Self.log(
                .tokenCreated,
                [
                    "account": .string(account), "token": .string(token.id), "scope": .string(scope.rawValue),
                    "seconds": seconds.map { .integer($0) } ?? .null, "by": .actor(administrator),
                ], connection)
        }
        return token
    }

    /// - Parameter account: whose; nil for everyone's.
    package func tokens(of account: String? = nil) async throws -> [TokenSummary] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT token.id, account.name, scope, label, token.created_at, expires_at, revoked_at
                FROM token JOIN account ON account.id = token.account_id
                WHERE \(account)::text IS NULL OR account.name = \(account)
                ORDER BY token.created_at, token.id
                """
            ).map { row in
                TokenSummary(
                    id: try row.get("id"), account: try row.get("name"),
                    scope: TokenScope(rawValue: try row.get("scope")) ?? .upload, label: try row.get("label"),
                    createdAt: try row.time("created_at"), expiresAt: try row.optionalTime("expires_at"),
                    revokedAt: try row.optionalTime("revoked_at"))
            }
        }
    }

    /// - Throws: ``WarehouseError/tokenUnknown(_:)``, also for one that is revoked already.
    package func revokeToken(id: String, by administrator: String? = nil) async throws {
        try await database.transaction { connection in
            let row = try connection.one(
                """
                UPDATE token SET revoked_at = now() FROM account
                WHERE token.id = \(id) AND revoked_at IS NULL AND account.id = token.account_id
                RETURNING account.name
                """)
            guard let row else { throw WarehouseError.tokenUnknown(id) }
            try Self.log(
                .tokenRevoked,
                [
                    "account": .string(try row.get("name")), "token": .string(id),
                    "by": .actor(administrator),
                ], connection)
        }
    }
}

extension JSONValue {
    /// How the log names an administrator; null is who works on the machine itself.
    static func actor(_ account: String?) -> JSONValue { account.map { .string($0) } ?? .null }
}

extension String {
    var containsControls: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
