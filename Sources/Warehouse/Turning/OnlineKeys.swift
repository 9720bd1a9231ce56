import CanonicalJSON
import Postgres
package import Signing
package import TUF

/// The key that an online role will be signed with next.
package struct SucceedingKey: Hashable, Sendable {
    package let role: OnlineRole
    /// Nil until the snapshot process has made it.
    package let publicKey: PublicKey?
    /// When the first snapshot was published whose metadata names it.
    package let namedAt: MetadataTime?
    /// Whether it signs, also where its predecessor is still named.
    package let signs: Bool
    /// A key that was made before and is not to be used.
    package let avoided: KeyID?
}

extension Warehouse {
    static func succeedingKeys(_ connection: Connection) throws -> [SucceedingKey] {
        try connection.query(
            """
            SELECT role, public_key, signs, avoided, extract(epoch FROM named_at)::bigint AS named_at
            FROM online_key ORDER BY role
            """
        ).map { row in
            guard let role = OnlineRole(rawValue: try row.get("role")) else {
                throw WarehouseError.rowMissing
            }
            return SucceedingKey(
                role: role,
                publicKey: try row.get("public_key", as: [UInt8]?.self).map { bytes in
                    guard let object = try JSONValue(parsing: bytes).object else {
                        throw WarehouseError.rowMissing
                    }
                    return try PublicKey(json: object)
                },
                namedAt: try row.get("named_at", as: Int?.self).map { MetadataTime(secondsSinceEpoch: $0) },
                signs: try row.get("signs"),
                avoided: try row.get("avoided", as: String?.self).map { try KeyID($0) })
        }
    }

    /// Asks the snapshot process for keys; it has made those whose public half is there.
    static func requestKeys(of roles: some Sequence<OnlineRole>, _ connection: Connection) throws {
        for role in roles {
            try connection.execute(
                "INSERT INTO online_key (role) VALUES (\(role.rawValue)) ON CONFLICT DO NOTHING")
        }
        try connection.notify(Channel.pending)
    }

    /// Asks for keys that nobody can have stolen: those that were made before are not used.
    static func requestFreshKeys(of roles: some Sequence<OnlineRole>, _ connection: Connection) throws {
        for key in try succeedingKeys(connection) where key.publicKey != nil {
            try connection.execute(
                "UPDATE online_key SET avoided = \(key.publicKey?.id.hex) WHERE role = \(key.role.rawValue)")
        }
        for role in roles {
            try connection.execute(
                """
                INSERT INTO online_key (role) VALUES (\(role.rawValue))
                ON CONFLICT (role) DO UPDATE SET public_key = NULL, named_at = NULL, signs = false
                """)
        }
        try connection.notify(Channel.pending)
    }

    static func forgetKeys(of roles: some Sequence<OnlineRole>, _ connection: Connection) throws {
        try connection.execute("DELETE FROM online_key WHERE role = ANY(\(roles.map(\.rawValue)))")
    }
}

/// What the leading snapshot process does for keys that turn.
struct KeyTurning {
    /// How long both keys are named before the next one signs, so that every client that is under way with the metadata
    /// of before has arrived. Seconds.
    let overlap: Int

    /// Makes keys that are asked for, and lets those sign whose time has come.
    ///
    /// - Returns: whether the leader has to begin anew with the keyring.
    func advance(
        _ keyring: inout OnlineKeyring, now: MetadataTime, _ connection: Connection
    ) throws -> Bool {
        var isChanged = false
        for key in try Warehouse.succeedingKeys(connection) {
            guard key.publicKey != nil else {
                let made = try keyring.makeNext(key.role, insteadOf: key.avoided)
                let bytes = JSONValue.object(made.json).canonicalBytes()
                try connection.execute(
                    "UPDATE online_key SET public_key = \(bytes) WHERE role = \(key.role.rawValue)")
                isChanged = true
                continue
            }
            if !key.signs, let namedAt = key.namedAt, namedAt.advanced(bySeconds: overlap) <= now {
                try Self.letSign([key.role], connection)
                isChanged = true
            }
        }
        return isChanged
    }

    /// Notes which keys the metadata that is being published names for the first time.
    static func noteNamed(
        _ named: [OnlineRole: RoleKeys], at now: MetadataTime, _ connection: Connection
    ) throws {
        for key in try Warehouse.succeedingKeys(connection) where key.namedAt == nil {
            guard let id = key.publicKey?.id, named[key.role]?.keyIDs.contains(id) == true else { continue }
            try connection.execute(
                """
                UPDATE online_key SET named_at = to_timestamp(\(now.secondsSinceEpoch))
                WHERE role = \(key.role.rawValue)
                """)
        }
    }

    static func letSign(_ roles: some Sequence<OnlineRole>, _ connection: Connection) throws {
        try connection.execute(
            "UPDATE online_key SET signs = true WHERE role = ANY(\(roles.map(\.rawValue)))")
    }
}
