import TUF

extension ClaimsDraft {
    /// Root must vouch for what is published; and every project that is new or changes must have been signed for by its
    /// maintainers, those before and those after, so that nobody else can have their keys exchanged.
    ///
    /// - Source: PEP 480, "Snapshot Process".
    package func review(trustedRoot root: [UInt8]) throws -> [String] {
        try PublishedTargets.verify(
            targets, published, from: Root.newest(from: root, roots), claimedBy: roots.last)
        var lines: [String] = []
        for (project, envelope) in evidence.sorted(by: { $0.key < $1.key }) {
            guard let after = after.projects[project] else { continue }
            let before = before.projects[project]
            try Self.verify(envelope, of: project, signedFor: [before, after].compactMap { $0 })
            lines.append(
                before.map { "changes  \(project): \($0.summary) -> \(after.summary)" }
                    ?? "adds     \(project): \(after.summary)")
        }
        lines += withdrawn.sorted().map { "withdraws \($0): the index signs for it again" }
        return lines + signedLines
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
