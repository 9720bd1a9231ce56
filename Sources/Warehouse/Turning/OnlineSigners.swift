package import Signing
package import TUF
import TUFRepository

/// Which of a keyring's keys signs for each online role: one that the role's delegator names.
struct OnlineSigners: Sendable {
    private let keyring: OnlineKeyring
    private var named: [OnlineRole: RoleKeys]
    /// The roles whose next key signs, also where the present one is still named.
    private let turned: Set<OnlineRole>

    /// - Throws: ``WarehouseError/keyNotInRole(role:keyID:)`` for a role that names none of its keys.
    init(
        keyring: OnlineKeyring, named: [OnlineRole: RoleKeys], turned: Set<OnlineRole>
    ) throws(WarehouseError) {
        self.keyring = keyring
        self.named = named
        self.turned = turned
        for role in OnlineRole.allCases { _ = try signer(of: role) }
    }

    func signer(of role: OnlineRole) throws(WarehouseError) -> any Signer {
        let next = keyring.next(role)
        let inOrder = turned.contains(role) ? [next, keyring[role]] : [keyring[role], next]
        let ids = named[role]?.keyIDs ?? []
        guard let signer = inOrder.compactMap(\.self).first(where: { ids.contains($0.publicKey.id) }) else {
            throw .keyNotInRole(role: role.rawValue, keyID: keyring[role].publicKey.id.hex)
        }
        return signer
    }

    /// The roles that the next key signs, not the present one.
    var succeeded: Set<OnlineRole> {
        Set(
            OnlineRole.allCases.filter { role in
                guard let next = keyring.next(role) else { return false }
                return (try? signer(of: role))?.publicKey == next.publicKey
            })
    }

    /// With other keys named for some roles.
    ///
    /// - Returns: the roles whose signer is another one now.
    mutating func name(_ keys: [OnlineRole: RoleKeys]) throws(WarehouseError) -> Set<OnlineRole> {
        var replaced: Set<OnlineRole> = []
        for (role, keys) in keys {
            let before = try signer(of: role).publicKey
            named[role] = keys
            if try signer(of: role).publicKey != before { replaced.insert(role) }
        }
        return replaced
    }

    func sign(_ name: RoleName, _ bytes: [UInt8]) throws -> Signature {
        try signer(of: OnlineRole(signing: name)).sign(bytes)
    }
}

extension OnlineRole {
    /// Whose key signs a role's metadata.
    init(signing name: RoleName) {
        self =
            switch name {
            case .timestamp: .timestamp
            case .snapshot: .snapshot
            case .recentlyClaimed: .recentlyClaimed
            default: .bins
            }
    }

    /// The name under which drafts change its keys.
    package var changed: RoleName {
        switch self {
        case .timestamp: .timestamp
        case .snapshot: .snapshot
        case .recentlyClaimed: .recentlyClaimed
        case .bins: TargetsDraft.bins
        }
    }

    /// Whether root names its keys, and not `targets` or `unclaimed`.
    package var isTopLevel: Bool { self == .timestamp || self == .snapshot }
}
