import Postgres
package import TUF
import TUFRepository

/// A version of a role's metadata, and how its signatures stand to the keys that may sign the role now.
package struct StoredRole: Sendable {
    package let role: RoleName
    package let version: Int
    /// As they were signed and as they are served.
    package let bytes: [UInt8]
    package let expires: MetadataTime
    package let isCurrent: Bool
    /// Who names the keys of this role; root for itself. Nil where nobody delegates to it any more.
    package let delegator: RoleName?
    /// Keys that may sign it now; a version of root names its own.
    package let keys: RoleKeys?
    /// Whether people sign it.
    package let isOffline: Bool
    /// Every key that has left a signature.
    package let signedBy: [KeyID]
    /// Of `keys`, those without a signature that fits.
    package let missing: [KeyID]
}

extension Warehouse {
    /// - Parameter version: nil for the current one.
    /// - Returns: nil for a role or version that is not there, or not any more.
    package func storedRole(_ role: RoleName, version: Int?) async throws -> StoredRole? {
        try await database.read { connection in
            let row = try connection.one(
                """
                SELECT version, bytes, superseded_at IS NULL AS is_current,
                       extract(epoch FROM expires_at)::bigint AS expires
                FROM metadata
                WHERE role = \(role.text) AND (version = \(version) OR (\(version)::bigint IS NULL AND superseded_at IS NULL))
                """)
            guard let row else { return nil }
            let bytes: [UInt8] = try row.get("bytes")
            let signed = try Self.signatures(on: bytes, of: role)
            let authority = try Self.authority(of: role, bytes: bytes, connection)
            let valid =
                authority.map { $0.keys.verify(signed.signatures, over: signed.message, keys: $0.publicKeys) }
                ?? []
            return StoredRole(
                role: role, version: try row.get("version"), bytes: bytes,
                expires: MetadataTime(secondsSinceEpoch: try row.get("expires")),
                isCurrent: try row.get("is_current"), delegator: authority?.delegator,
                keys: authority?.keys, isOffline: Self.isOffline(role, delegator: authority?.delegator),
                signedBy: signed.signatures.filter { !$0.bytes.isEmpty }.map(\.keyID),
                missing: authority?.keys.keyIDs.filter { !valid.contains($0) } ?? [])
        }
    }

    private static func signatures(
        on bytes: [UInt8], of role: RoleName
    ) throws(MetadataError) -> (signatures: [Signature], message: [UInt8]) {
        func read<Payload: MetadataPayload>(_: Payload.Type) throws(MetadataError) -> ([Signature], [UInt8]) {
            let envelope = try Envelope<Payload>(parsing: bytes)
            return (envelope.signatures, envelope.signedBytes)
        }
        return switch role {
        case .root: try read(Root.self)
        case .timestamp: try read(TUF.Timestamp.self)
        case .snapshot: try read(Snapshot.self)
        default: try read(Targets.self)
        }
    }

    private static func isOffline(_ role: RoleName, delegator: RoleName?) -> Bool {
        ![.timestamp, .snapshot, .recentlyClaimed].contains(role) && delegator != .unclaimed
    }

    private struct Authority {
        let delegator: RoleName
        let keys: RoleKeys
        let publicKeys: [KeyID: PublicKey]
    }

    private static func authority(
        of role: RoleName, bytes: [UInt8], _ connection: Connection
    ) throws -> Authority? {
        if role.isTopLevel {
            let root =
                role == .root
                ? try Envelope<Root>(parsing: bytes).payload
                : try Envelope<Root>(parsing: current(.root, connection)).payload
            return root.roles[role].map { Authority(delegator: .root, keys: $0, publicKeys: root.keys) }
        }
        for delegator in try possibleDelegators(of: role, connection) {
            let targets = try Envelope<Targets>(parsing: current(delegator, connection)).payload
            if let delegations = targets.delegations, let keys = delegations.roleKeys(of: role) {
                return Authority(delegator: delegator, keys: keys, publicKeys: delegations.keys)
            }
        }
        return nil
    }

    private static func possibleDelegators(
        of role: RoleName, _ connection: Connection
    ) throws -> [RoleName] {
        guard let project = ProjectRole.project(of: role) else { return [.targets, .claimed, .unclaimed] }
        let claim = try connection.one(
            """
            SELECT delegator FROM claim JOIN project ON project.id = claim.project_id
            WHERE normalized_name = \(project)
            """)
        return try claim.map { [try RoleName($0.get("delegator", as: String.self))] } ?? []
    }

    /// - Throws: ``WarehouseError/metadataMissing(role:)``.
    static func current(_ role: RoleName, _ connection: Connection) throws -> [UInt8] {
        let row = try connection.one(
            "SELECT bytes FROM metadata WHERE role = \(role.text) AND superseded_at IS NULL")
        guard let row else { throw WarehouseError.metadataMissing(role: role.text) }
        return try row.get("bytes")
    }
}
