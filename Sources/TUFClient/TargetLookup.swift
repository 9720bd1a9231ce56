package import TUF

/// The search for a target: through the delegations in their order, depth first.
///
/// Every role on the way must be trusted with the path by the role before it. A role is asked once; a
/// terminating delegation that covers the path keeps all later roles from being asked.
///
/// - Source: TUF §5.6.7.
package struct TargetLookup: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        /// Offer this file to ``TrustedMetadata/updateDelegatedTargets(_:role:delegator:)`` and ask again. If it
        /// cannot be had, or is refused, the search is over: the target cannot be found.
        case needs(role: RoleName, delegator: RoleName, MetaFile)
        /// `chain` leads from `.targets` to the role that lists the target.
        case found(TargetFile, chain: [RoleName])
        case notFound
    }

    private struct Visit: Hashable, Sendable {
        let role: RoleName
        /// From `.root` to whoever delegates to the role.
        let delegators: [RoleName]

        var delegator: RoleName { delegators.last ?? .root }
    }

    package let path: TargetPath
    private let maxDelegations: Int
    private var visited: Set<RoleName> = []
    /// The next to visit comes last.
    private var pending = [Visit(role: .targets, delegators: [.root])]

    /// - Parameters:
    ///   - path: the target.
    ///   - maxDelegations: how many delegated roles to ask at most; 32 in python-tuf and go-tuf, too.
    package init(path: TargetPath, maxDelegations: Int = 32) {
        self.path = path
        self.maxDelegations = maxDelegations
    }

    /// Goes on as far as `trusted` allows.
    ///
    /// - Parameter trusted: the state after the last file that was needed.
    /// - Throws: `.missingFromSnapshot` for a role that snapshot does not list; what
    ///   ``TrustedMetadata/expectedFile(of:delegatedBy:)`` throws besides.
    package mutating func next(in trusted: TrustedMetadata) throws(MetadataError) -> Step {
        while let visit = pending.last, visited.count <= maxDelegations {
            if visited.contains(visit.role) {
                pending.removeLast()
                continue
            }
            let file = try trusted.expectedFile(of: visit.role, delegatedBy: visit.delegator)
            guard trusted.trusts(visit.role, delegatedBy: visit.delegator),
                let targets = trusted.targets[visit.role]?.payload
            else { return .needs(role: visit.role, delegator: visit.delegator, file) }
            if let target = targets.targets[path] {
                return .found(target, chain: visit.delegators.dropFirst() + [visit.role])
            }

            pending.removeLast()
            visited.insert(visit.role)
            if let (names, terminating) = targets.delegations?.rolesCovering(path) {
                if terminating { pending.removeAll() }
                pending.append(
                    contentsOf: names.reversed().map {
                        Visit(role: $0, delegators: visit.delegators + [visit.role])
                    })
            }
        }
        return .notFound
    }
}
