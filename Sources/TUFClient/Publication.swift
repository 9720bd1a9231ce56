package import TUF

/// Files that a repository is about to make public, in one update.
package struct Publication: Sendable {
    /// A targets file and on whose word it is to be trusted.
    package struct Role: Sendable {
        package let name: RoleName
        package let delegator: RoleName
        package let bytes: [UInt8]

        package init(name: RoleName, delegator: RoleName, bytes: [UInt8]) {
            self.name = name
            self.delegator = delegator
            self.bytes = bytes
        }
    }

    /// New roots, oldest first.
    package let roots: [[UInt8]]
    package let timestamp: [UInt8]
    /// Nil where the timestamp names the snapshot that is public already.
    package let snapshot: [UInt8]?
    /// Delegators come before what they delegate to.
    package let targets: [Role]

    package init(roots: [[UInt8]] = [], timestamp: [UInt8], snapshot: [UInt8]?, targets: [Role] = []) {
        self.roots = roots
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.targets = targets
    }
}

extension TrustedMetadata {
    /// Checks a publication as a client would who has seen everything before it.
    ///
    /// - Parameters:
    ///   - publication: the files.
    ///   - now: the start of the update.
    /// - Returns: what that client trusts afterwards; check the next publication from there.
    /// - Throws: the first rule broken; a timestamp whose version is not new is `.rollback`.
    package func accepting(_ publication: Publication, now: MetadataTime) throws(MetadataError)
        -> TrustedMetadata
    {
        var next = startingNextUpdate(now: now)
        for root in publication.roots { try next.updateRoot(root) }
        if case .unchanged = try next.updateTimestamp(publication.timestamp),
            let version = next.timestampVersion
        {
            throw .rollback(role: .timestamp, trusted: version, offered: version)
        }
        if let snapshot = publication.snapshot { try next.updateSnapshot(snapshot) }
        _ = try next.finalSnapshot()
        for role in publication.targets {
            try next.updateDelegatedTargets(role.bytes, role: role.name, delegator: role.delegator)
        }
        return next
    }

    private var timestampVersion: Int? { timestamp?.payload.version }
}
