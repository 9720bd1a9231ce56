import CanonicalJSON
import Postgres
package import TUF
package import TUFRepository

/// A maintainer's key as an admin sees it.
package struct KeyStanding: Sendable {
    package let key: RegisteredKey
    /// Normalized names of the projects that name it, now or in what waits to be signed offline; in order.
    package let projects: [String]
}

/// A project whose maintainers cannot reach its threshold any more.
package struct StrandedProject: Hashable, Sendable {
    package let project: String
    package let threshold: Int
    /// Accounts or keys that still count.
    package let left: Int
}

extension Warehouse {
    /// - Parameter account: whose; nil for everyone's.
    package func keys(ofAccount account: String?) async throws -> [KeyStanding] {
        try await database.read { connection in
            let projects = try Dictionary(
                uniqueKeysWithValues: connection.query(
                    """
                    SELECT key_id, array_agg(DISTINCT normalized_name ORDER BY normalized_name) AS projects
                    FROM claim JOIN project ON project.id = claim.project_id,
                         LATERAL (
                             SELECT jsonb_object_keys(convert_from(maintainers, 'UTF8')::jsonb -> 'keys')
                             UNION SELECT jsonb_object_keys(convert_from(wanted, 'UTF8')::jsonb -> 'keys')
                         ) AS named (key_id)
                    GROUP BY key_id
                    """
                ).map { (try $0.get("key_id", as: String.self), try $0.get("projects", as: [String].self)) })
            return try Self.keys("WHERE \(account)::text IS NULL OR account.name = \(account)", connection)
                .map { KeyStanding(key: $0, projects: projects[$0.publicKey.id.hex] ?? []) }
        }
    }

    /// An admin's word for a key that waits.
    ///
    /// - Throws: ``TransactionRefusal`` `.notFound`.
    package func confirmKey(_ id: KeyID, by administrator: String? = nil) async throws {
        try await database.transaction { connection in
            let changed = try connection.execute(
                "UPDATE developer_key SET state = 'active' WHERE key_id = \(id.hex) AND state = 'waiting'")
            guard changed == 1 else {
                throw TransactionRefusal(
                    .notFound, value: id.hex, "No key of this ID waits for confirmation.")
            }
            try Self.log(
                .keyConfirmed, ["keyid": .string(id.hex), "by": .actor(administrator)], connection)
        }
    }

    /// Takes a key of one's own out of use, as ``revokeKey(_:by:counting:)`` does.
    ///
    /// - Throws: ``TransactionRefusal`` `.notFound` for none of the account's keys.
    package func retireKey(_ id: KeyID, by identity: Identity) async throws {
        try await database.transaction { connection in
            guard try Self.keys("WHERE key_id = \(id.hex)", connection).first?.account == identity.account
            else {
                throw TransactionRefusal(
                    .notFound, value: id.hex, "'\(identity.account)' has no key of this ID in use.")
            }
            try Self.retire(id, by: identity.account, connection)
        }
    }

    /// Takes a key out of use for good: it signs no draft, endorses no other key and becomes no project's. Signatures
    /// that wait on drafts below their threshold go with it. Projects that name it keep it until their maintainers sign
    /// for a change; what is public stays.
    ///
    /// - Returns: the projects that the key leaves below their threshold, by name.
    /// - Throws: ``TransactionRefusal`` `.notFound` for none that is in use.
    package func revokeKey(
        _ id: KeyID, by administrator: String? = nil, counting: Maintainers.Counting
    ) async throws -> [StrandedProject] {
        try await database.transaction { connection in
            try Self.retire(id, by: administrator, connection)
            return try Self.strandedProjects(naming: id, counting, connection)
        }
    }

    static func retire(_ id: KeyID, by actor: String?, _ connection: Connection) throws {
        // As registering does, so that it endorses nothing that is being registered now.
        let owner = try connection.one(
            """
            SELECT id, name FROM account
            WHERE id = (SELECT account_id FROM developer_key WHERE key_id = \(id.hex)) FOR UPDATE
            """)
        let changed = try connection.execute(
            "UPDATE developer_key SET state = 'retired' WHERE key_id = \(id.hex) AND state <> 'retired'")
        guard let owner, changed == 1 else {
            throw TransactionRefusal(.notFound, value: id.hex, "No key of this ID is in use.")
        }
        let drafts = try connection.query(
            """
            DELETE FROM draft_signature USING draft
            WHERE key_id = \(id.hex) AND draft.id = draft_id AND draft.transaction_id IS NULL
            RETURNING draft_id
            """
        ).map { try $0.get("draft_id", as: Int.self) }
        try Self.log(
            .keyRetired,
            [
                "account": .string(try owner.get("name")), "keyid": .string(id.hex), "by": .actor(actor),
                "drafts": .array(drafts.sorted().map { .integer($0) }),
            ], connection)
    }

    private static func strandedProjects(
        naming id: KeyID, _ counting: Maintainers.Counting, _ connection: Connection
    ) throws -> [StrandedProject] {
        let mention = Array(id.hex.utf8)
        let claims = try connection.query(
            """
            SELECT normalized_name, maintainers, wanted
            FROM claim JOIN project ON project.id = claim.project_id
            WHERE position(\(mention) IN maintainers) > 0 OR position(\(mention) IN wanted) > 0
            ORDER BY normalized_name
            """
        ).map { row in
            let authorities =
                try [row.get("maintainers", as: [UInt8].self)]
                + [row.get("wanted", as: [UInt8]?.self)].compactMap { $0 }
            return (
                project: try row.get("normalized_name", as: String.self),
                authorities: try authorities.map { try Maintainers(json: JSONValue(parsing: $0)) }
            )
        }
        let retired = try retiredKeys(
            among: claims.flatMap { $0.authorities.flatMap { $0.keys.map(\.publicKey.id) } }, connection)
        return claims.compactMap { project, authorities in
            authorities.lazy.compactMap { maintainers -> StrandedProject? in
                let left = maintainers.most(without: retired, counting: counting)
                guard left < maintainers.threshold else { return nil }
                return StrandedProject(project: project, threshold: maintainers.threshold, left: left)
            }.first
        }
    }

    /// Those of these keys that are out of use. Until the transaction ends no other is taken out of use.
    static func retiredKeys(among ids: [KeyID], _ connection: Connection) throws -> Set<KeyID> {
        let rows = try connection.query(
            """
            SELECT key_id, state FROM developer_key WHERE key_id = ANY(\(ids.map(\.hex)))
            ORDER BY key_id FOR SHARE
            """)
        return try Set(
            rows.filter { try $0.get("state", as: String.self) == RegisteredKey.State.retired.rawValue }
                .map { try KeyID($0.get("key_id", as: String.self)) })
    }
}
