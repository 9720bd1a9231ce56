import TUF

extension ClaimsDraft {
    /// Root must vouch for what is published; and every project that is new or changes must have been signed for by its
    /// maintainers, those before and those after, so that nobody else can have their keys exchanged.
    ///
    /// - Source: PEP 480, "Snapshot Process".
    package func review(trustedRoot root: [UInt8]) throws -> [String] {
        try verifyPublished(from: Root.newest(from: root, roots).payload)
        var lines: [String] = []
        for (project, envelope) in evidence.sorted(by: { $0.key < $1.key }) {
            guard let after = after.projects[project] else { continue }
            let before = before.projects[project]
            try Self.verify(envelope, of: project, signedFor: [before, after].compactMap { $0 })
            lines.append(
                before.map { "changes  \(project): \($0.summary) -> \(after.summary)" }
                    ?? "adds     \(project): \(after.summary)")
        }
        for (name, role) in roles.sorted(by: { $0.key < $1.key }) {
            lines.append("signs    \(name) version \(role.version), good until \(role.expires)")
        }
        return lines
    }

    private func verifyPublished(from root: Root) throws {
        try root.requireThreshold(of: .targets, on: targets)
        guard let delegations = targets.payload.delegations, let claimed = published[.claimed] else {
            throw MetadataError.notDelegated(.claimed, by: .targets)
        }
        try delegations.requireThreshold(of: .claimed, on: claimed, delegator: .targets)
        for (role, envelope) in published where role != .claimed {
            guard let delegations = claimed.payload.delegations else {
                throw MetadataError.notDelegated(role, by: .claimed)
            }
            try delegations.requireThreshold(of: role, on: envelope, delegator: .claimed)
        }
    }

    private static func verify(
        _ envelope: Envelope<Targets>, of project: String, signedFor authorities: [Maintainers]
    ) throws {
        let role = try ProjectRole.role(of: project)
        for authority in authorities {
            try authority.roleKeys.requireThreshold(
                of: role, envelope.signatures, over: envelope.signedBytes, keys: authority.publicKeys)
        }
        let paths = envelope.payload.targets.keys.map(\.text)
        guard paths.contains("\(project)/index.json"), paths.allSatisfy({ $0.hasPrefix("\(project)/") })
        else {
            throw TransactionRefusal(
                .path, role: role.text, value: project, "The metadata is not that of '\(project)'.")
        }
    }
}

extension Maintainers {
    fileprivate var summary: String {
        let keys = keys.map { "\($0.account) \($0.publicKey.id.hex.prefix(16))" }.joined(separator: ", ")
        return "\(threshold) of [\(keys)]"
    }
}
