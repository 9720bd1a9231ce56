package import Postgres

/// Who speaks to the index.
package struct Identity: Hashable, Sendable {
    package let accountID: Int
    package let account: String
    package let scope: TokenScope
}

extension Identity {
    /// How the JSON of maintainers names the account. Account names need no escape.
    var mention: [UInt8] { Array("\"account\":\"\(account)\"".utf8) }
}

/// What a token may be used for. An admin's token may upload as well.
package enum TokenScope: String, CaseIterable, Sendable {
    case upload
    case admin
}

/// A token as an admin sees it: all but the secret.
package struct TokenSummary: Sendable {
    package let id: String
    package let account: String
    package let scope: TokenScope
    package let label: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp?
    package let revokedAt: Timestamp?
}

extension Warehouse {
    /// Finds who holds a token.
    ///
    /// - Returns: nil for a text that is no token, an unknown, revoked or expired one, or a wrong secret: the
    ///   caller cannot tell which, nor can the one who sent it.
    package func identity(ofToken text: String) async throws -> Identity? {
        guard let token = Token(text: text) else { return nil }
        return try await database.read { connection in
            let row = try connection.one(
                """
                SELECT account.id AS account_id, account.name, token.scope, token.secret_sha256
                FROM token JOIN account ON account.id = token.account_id
                WHERE token.id = \(token.id) AND token.revoked_at IS NULL
                  AND (token.expires_at IS NULL OR token.expires_at > now())
                """)
            guard let row, token.matches(sha256: try row.get("secret_sha256")),
                let scope = TokenScope(rawValue: try row.get("scope"))
            else { return nil }
            return Identity(accountID: try row.get("account_id"), account: try row.get("name"), scope: scope)
        }
    }

    /// Makes a token, and the account where it is new.
    ///
    /// - Parameter lifetime: nil for a token that does not expire.
    /// - Throws: ``WarehouseError/accountNameInvalid(_:)``.
    package func createToken(
        account: String, scope: TokenScope, label: String, lifetime: Duration?
    ) async throws -> Token {
        guard Self.isAccountName(account) else { throw WarehouseError.accountNameInvalid(account) }
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
        }
        return token
    }

    package func tokens() async throws -> [TokenSummary] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT token.id, account.name, scope, label, token.created_at, expires_at, revoked_at
                FROM token JOIN account ON account.id = token.account_id ORDER BY token.created_at, token.id
                """
            ).map { row in
                TokenSummary(
                    id: try row.get("id"), account: try row.get("name"),
                    scope: TokenScope(rawValue: try row.get("scope")) ?? .upload, label: try row.get("label"),
                    createdAt: try row.get("created_at"), expiresAt: try row.get("expires_at"),
                    revokedAt: try row.get("revoked_at"))
            }
        }
    }

    /// - Throws: ``WarehouseError/tokenUnknown(_:)``, also for one that is revoked already.
    package func revokeToken(id: String) async throws {
        try await database.transaction { connection in
            let changed = try connection.execute(
                "UPDATE token SET revoked_at = now() WHERE id = \(id) AND revoked_at IS NULL")
            guard changed == 1 else { throw WarehouseError.tokenUnknown(id) }
        }
    }

    /// Finds or makes an account for a program that acts on this machine, such as `bonded import`.
    package func localIdentity(account: String) async throws -> Identity {
        guard Self.isAccountName(account) else { throw WarehouseError.accountNameInvalid(account) }
        let id = try await database.transaction { try Self.accountID(named: account, $0) }
        return Identity(accountID: id, account: account, scope: .admin)
    }

    private static func accountID(named name: String, _ connection: Connection) throws -> Int {
        try connection.execute("INSERT INTO account (name) VALUES (\(name)) ON CONFLICT (name) DO NOTHING")
        guard let row = try connection.one("SELECT id FROM account WHERE name = \(name)") else {
            throw WarehouseError.accountNameInvalid(name)
        }
        return try row.get("id")
    }

    package static func isAccountName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
            }
    }
}
