package import TUF

/// Goes through a whole snapshot, role by role in the order in which clients look (TUF §5.6.7), and verifies each.
///
/// Looks at who signed what, not at when it expires: for snapshots that were put by, and for what has to be kept although
/// nobody accepts it any more. The caller brings the bytes.
package struct SnapshotWalk: Sendable {
    private var trusted: TrustedMetadata
    private var pending: [(role: RoleName, delegator: RoleName)] = [(.targets, .root)]
    private var visited: Set<RoleName> = []

    /// - Parameters:
    ///   - root: bytes of a root that is trusted.
    ///   - roots: oldest first; those that are not newer are passed over.
    /// - Throws: `MetadataError` where one does not follow from the one before.
    package init(
        trustedRoot root: [UInt8], roots: [[UInt8]], timestamp: [UInt8], snapshot: [UInt8]
    ) throws(MetadataError) {
        trusted = try TrustedMetadata(trustedRoot: root, now: MetadataTime(secondsSinceEpoch: 0))
        for bytes in roots {
            let version = try Envelope<Root>(parsing: bytes).payload.version
            if version > trusted.root.payload.version { try trusted.updateRoot(bytes) }
        }
        try trusted.updateTimestamp(timestamp)
        try trusted.updateSnapshot(snapshot)
    }

    package var snapshotVersion: Int { trusted.snapshot?.payload.version ?? 0 }

    package var timestampExpires: MetadataTime {
        trusted.timestamp?.payload.expires ?? MetadataTime(secondsSinceEpoch: 0)
    }

    /// The role whose metadata comes next, with its version; nil after the last.
    package var next: (role: RoleName, delegator: RoleName, version: Int)? {
        get throws(MetadataError) {
            guard let (role, delegator) = pending.last else { return nil }
            return (role, delegator, try trusted.expectedFile(of: role, delegatedBy: delegator).version)
        }
    }

    /// Verifies the metadata of the next role, and goes on to what it delegates to.
    package mutating func take(_ bytes: [UInt8]) throws(MetadataError) -> Targets {
        guard let (role, delegator) = pending.last else { throw .outOfOrder(.targets) }
        var next = trusted
        try next.updateDelegatedTargets(bytes, role: role, delegator: delegator)
        guard let targets = next.targets[role]?.payload else { throw .outOfOrder(.targets) }
        pending.removeLast()
        visited.insert(role)
        if let delegations = targets.delegations {
            trusted = next
            let children = delegations.succinct.map { Array($0.roleNames) } ?? delegations.roles.map(\.name)
            for child in children.reversed() where !visited.contains(child) {
                pending.append((child, role))
            }
        }
        return targets
    }
}
