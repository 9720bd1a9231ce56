import CanonicalJSON
import Postgres
package import TUF
package import TUFRepository

/// A maintainer's public key as the index knows it.
package struct RegisteredKey: Sendable {
    package enum State: String, Sendable {
        /// Counts for nothing until an admin confirms it.
        case waiting
        case active
        case retired
    }

    package let publicKey: PublicKey
    package let account: String
    package let label: String
    package let state: State
    /// The key of the same account that vouched for it.
    package let endorsedBy: KeyID?
}

extension Warehouse {
    /// Registers a public key.
    ///
    /// An account's first key is active at once; a later one if a key of the account endorses it, else it waits for
    /// an admin. Registering a key again changes nothing.
    ///
    /// - Throws: ``TransactionRefusal`` `.key` for a missing proof, a key of another account or of the repository.
    package func registerKey(
        _ registration: KeyRegistration, by identity: Identity
    ) async throws -> RegisteredKey {
        guard registration.account == identity.account else {
            throw TransactionRefusal(
                .key, value: registration.account, "The registration is for another account than the token's."
            )
        }
        try registration.checkProof()
        return try await database.transaction { connection in
            try connection.execute("SELECT FROM account WHERE id = \(identity.accountID) FOR UPDATE")
            try Self.refuseRepositoryKey(registration.publicKey, connection)
            let known = try Self.keys("WHERE key_id = \(registration.publicKey.id.hex)", connection).first
            if let known {
                guard known.account == identity.account, known.state != .retired else {
                    throw TransactionRefusal(
                        .key, value: registration.publicKey.id.hex,
                        known.state == .retired
                            ? "The key was retired and cannot come back."
                            : "The key belongs to another account; keys are not shared.")
                }
                return known
            }
            let own = try Self.keys("WHERE account_id = \(identity.accountID)", connection)
            let endorser = registration.endorser(among: own.filter { $0.state == .active }.map(\.publicKey))
            let state: RegisteredKey.State = own.isEmpty || endorser != nil ? .active : .waiting
            try connection.execute(
                """
                INSERT INTO developer_key (key_id, account_id, public_key, label, state, endorsed_by)
                VALUES (\(registration.publicKey.id.hex), \(identity.accountID),
                        \(JSONValue.object(registration.publicKey.json).canonicalBytes()), \(registration.label),
                        \(state.rawValue), \(endorser?.id.hex))
                """)
            try Self.log(
                .keyRegistered,
                [
                    "account": .string(identity.account), "keyid": .string(registration.publicKey.id.hex),
                    "state": .string(state.rawValue),
                    "endorsed_by": endorser.map { .string($0.id.hex) } ?? .null,
                ], connection)
            return RegisteredKey(
                publicKey: registration.publicKey, account: identity.account, label: registration.label,
                state: state, endorsedBy: endorser?.id)
        }
    }

    package func keys(of identity: Identity) async throws -> [RegisteredKey] {
        try await database.read { try Self.keys("WHERE account_id = \(identity.accountID)", $0) }
    }

    /// Keys and the accounts they are registered to, for a project's maintainers.
    ///
    /// - Throws: `.maintainers` for a key that is not active.
    static func maintainers(
        of authority: ProjectChanges.Authority, _ connection: Connection
    ) throws -> Maintainers {
        let ids = authority.keyIDs.map(\.hex)
        let found = try keys("WHERE key_id = ANY(\(ids)) AND state = 'active'", connection)
        for id in authority.keyIDs where !found.contains(where: { $0.publicKey.id == id }) {
            throw TransactionRefusal(
                .maintainers, value: id.hex,
                "The key is not registered and in use; its owner runs `seal key register`.")
        }
        return try Maintainers(
            keys: found.map { Maintainers.Key(publicKey: $0.publicKey, account: $0.account) },
            threshold: authority.threshold)
    }

    static func keys(_ condition: SQL, _ connection: Connection) throws -> [RegisteredKey] {
        try connection.query(
            """
            SELECT public_key, account.name AS account, label, state, endorsed_by
            FROM developer_key JOIN account ON account.id = developer_key.account_id \(condition)
            ORDER BY registered_at, key_id
            """
        ).map { row in
            guard let object = try JSONValue(parsing: row.get("public_key", as: [UInt8].self)).object else {
                throw WarehouseError.rowMissing
            }
            return RegisteredKey(
                publicKey: try PublicKey(json: object), account: try row.get("account"),
                label: try row.get("label"),
                state: RegisteredKey.State(rawValue: try row.get("state")) ?? .retired,
                endorsedBy: try row.get("endorsed_by", as: String?.self).map { try KeyID($0) })
        }
    }

    /// A key that signs for the repository must not sign for a project as well: whoever holds it would count twice.
    private static func refuseRepositoryKey(_ key: PublicKey, _ connection: Connection) throws {
        var keys: [PublicKey] = []
        for row in try connection.query(
            """
            SELECT role, bytes FROM metadata
            WHERE superseded_at IS NULL AND role IN ('root', 'targets', 'unclaimed')
            """)
        {
            let bytes: [UInt8] = try row.get("bytes")
            if try row.get("role", as: String.self) == RoleName.root.text {
                keys += Array(try Envelope<Root>(parsing: bytes).payload.keys.values)
            } else if let delegations = try Envelope<Targets>(parsing: bytes).payload.delegations {
                keys += Array(delegations.keys.values)
            }
        }
        guard !keys.contains(where: { $0.id == key.id || $0.value == key.value }) else {
            throw TransactionRefusal(
                .key, value: key.id.hex, "This is a key of the repository itself; make one of your own.")
        }
    }
}
