import CanonicalJSON
package import TUF
package import TUFClient
import TUFRepository

/// One role on the way from root to a target, and whose signatures make it count.
package struct ChainLink: Hashable, Sendable {
    /// A key that has signed; `account` where the metadata says whose it is.
    package struct Signer: Hashable, Sendable {
        package let key: KeyID
        package let account: String?
    }

    package let role: RoleName
    package let version: Int
    package let expires: MetadataTime
    package let threshold: Int
    /// Keys that may sign.
    package let keyCount: Int
    /// Those that have, in order of their IDs.
    package let signers: [Signer]
}

extension TrustedMetadata {
    /// The roles from root to the one that lists a target.
    ///
    /// - Parameter chain: from `.targets` on, as a lookup found it.
    package func links(along chain: [RoleName]) -> [ChainLink] {
        let rootLink = link(.root, root, root.payload.roles[.root], root.payload.keys)
        let delegators: [RoleName] = [.root] + chain.dropLast()
        let others = zip(chain, delegators).compactMap { role, delegator -> ChainLink? in
            guard let envelope = targets[role] else { return nil }
            if delegator == .root { return link(role, envelope, root.payload.roles[role], root.payload.keys) }
            let delegations = targets[delegator]?.payload.delegations
            return link(
                role, envelope, delegations?.roleKeys(of: role), delegations?.keys ?? [:],
                maintainers: envelope.payload.unrecognized[Maintainers.field].flatMap {
                    try? Maintainers(json: $0)
                })
        }
        return [rootLink].compactMap { $0 } + others
    }

    private func link<Payload>(
        _ role: RoleName, _ envelope: Envelope<Payload>, _ roleKeys: RoleKeys?, _ keys: [KeyID: PublicKey],
        maintainers: Maintainers? = nil
    ) -> ChainLink? {
        guard let roleKeys else { return nil }
        let signed = roleKeys.verify(envelope.signatures, over: envelope.signedBytes, keys: keys)
        return ChainLink(
            role: role, version: envelope.payload.version, expires: envelope.payload.expires,
            threshold: roleKeys.threshold, keyCount: roleKeys.keyIDs.count,
            signers: signed.sorted().map { .init(key: $0, account: maintainers?.account(of: $0)) })
    }
}
