package import TUF

extension RoleName {
    package static let claimed: RoleName = "claimed"
    package static let recentlyClaimed: RoleName = "recently-claimed"
    package static let unclaimed: RoleName = "unclaimed"
}

/// The first version of every offline role: what a root ceremony signs.
///
/// ```
/// root ── targets ─┬─ claimed            no projects yet
///                  ├─ recently-claimed   online, made by the snapshot process
///                  └─ unclaimed ── bins  succinct (TAP 15); online, made by the snapshot process
/// ```
///
/// The three delegations match every `<project>/<file>` and none is terminating: the first that has the project
/// answers, in this order.
package struct InitialMetadata: Hashable, Sendable {
    package let root: Root
    package let targets: Targets
    package let claimed: Targets
    package let unclaimed: Targets

    /// What every target's path looks like, as a delegation's pattern.
    package static let everyTarget = "*/*"

    /// - Parameter now: when the ceremony is held; expiries count from it.
    /// - Throws: what an impossible authority, such as a key listed twice, makes the documents refuse.
    package init(_ plan: InitialMetadataPlan, now: MetadataTime) throws(MetadataError) {
        func expiry(_ role: ExpiryPolicy.Role) -> MetadataTime { plan.expiry.expiry(of: role, signedAt: now) }

        root = try Root(
            version: 1, expires: expiry(.root),
            keys: Self.keys(of: [plan.root, plan.targets, plan.snapshot, plan.timestamp]),
            roles: [
                .root: plan.root.roleKeys(), .targets: plan.targets.roleKeys(),
                .snapshot: plan.snapshot.roleKeys(), .timestamp: plan.timestamp.roleKeys(),
            ],
            consistentSnapshot: true)

        targets = try Targets(
            version: 1, expires: expiry(.targets), targets: [:],
            delegations: Delegations(
                keys: Self.keys(of: [plan.claimed, plan.recentlyClaimed, plan.unclaimed]),
                roles: [
                    Self.delegation(to: .claimed, plan.claimed),
                    Self.delegation(to: .recentlyClaimed, plan.recentlyClaimed),
                    Self.delegation(to: .unclaimed, plan.unclaimed),
                ]))

        claimed = try Targets(version: 1, expires: expiry(.claimed), targets: [:], delegations: nil)

        unclaimed = try Targets(
            version: 1, expires: expiry(.unclaimed), targets: [:],
            delegations: Delegations(
                keys: Self.keys(of: [plan.bins]),
                succinct: SuccinctRoles(
                    keys: plan.bins.roleKeys(), bitLength: plan.binBitLength, namePrefix: plan.binPrefix)))
    }

    private static func delegation(
        to role: RoleName, _ authority: InitialMetadataPlan.Authority
    ) throws(MetadataError) -> DelegatedRole {
        try DelegatedRole(
            name: role, keys: authority.roleKeys(), terminating: false,
            paths: .patterns([PathPattern(everyTarget)]))
    }

    private static func keys(of authorities: [InitialMetadataPlan.Authority]) -> [KeyID: PublicKey] {
        var keys: [KeyID: PublicKey] = [:]
        for key in authorities.flatMap(\.keys) { keys[key.id] = key }
        return keys
    }
}
