import TUF

/// What the next `claimed` changes, once everything it follows from has been verified. What a holder of its keys
/// looks at before signing.
package struct ClaimsReview: Sendable {
    /// Projects that `claimed` did not have, by normalized name.
    package let added: [String: Maintainers]
    /// Projects whose maintainers are others, with those before.
    package let changed: [String: (before: Maintainers, after: Maintainers)]
    package let draft: ClaimsDraft

    /// Verifies a draft from a root.
    ///
    /// - Parameters:
    ///   - draft: as it came.
    ///   - root: bytes of a root that is trusted; the draft's later ones are followed from there.
    /// - Throws: `MetadataError` where root does not vouch for the published roles, or too few maintainers have
    ///   signed; ``TransactionRefusal`` for a project whose metadata does not bear out the change.
    /// - Source: TUF §5.3 for roots; PEP 480, "Snapshot Process".
    package init(verifying draft: ClaimsDraft, trustedRoot root: [UInt8]) throws {
        let trusted = try Self.newestRoot(from: root, draft.roots)
        try trusted.requireThreshold(of: .targets, on: draft.targets)
        guard let delegations = draft.targets.payload.delegations, let claimed = draft.published[.claimed]
        else {
            throw MetadataError.notDelegated(.claimed, by: .targets)
        }
        try delegations.requireThreshold(of: .claimed, on: claimed, delegator: .targets)
        for (role, envelope) in draft.published where role != .claimed {
            guard let delegations = claimed.payload.delegations else {
                throw MetadataError.notDelegated(role, by: .claimed)
            }
            try delegations.requireThreshold(of: role, on: envelope, delegator: .claimed)
        }
        var added: [String: Maintainers] = [:]
        var changed: [String: (before: Maintainers, after: Maintainers)] = [:]
        for (project, envelope) in draft.evidence {
            guard let after = draft.after.projects[project] else { continue }
            let before = draft.before.projects[project]
            for authority in [before, after].compactMap({ $0 }) {
                try authority.roleKeys.requireThreshold(
                    of: ProjectRole.role(of: project), envelope.signatures, over: envelope.signedBytes,
                    keys: authority.publicKeys)
            }
            let paths = envelope.payload.targets.keys.map(\.text)
            guard paths.contains("\(project)/index.json"), paths.allSatisfy({ $0.hasPrefix("\(project)/") })
            else {
                throw TransactionRefusal(
                    .path, role: "project-\(project)", value: project,
                    "The metadata is not that of '\(project)'.")
            }
            if let before { changed[project] = (before, after) } else { added[project] = after }
        }
        self.added = added
        self.changed = changed
        self.draft = draft
    }

    /// For people, a line for each project.
    package var lines: [String] {
        var lines = added.sorted { $0.key < $1.key }.map { "adds     \($0): \($1.summary)" }
        lines += changed.sorted { $0.key < $1.key }.map {
            "changes  \($0): \($1.before.summary) -> \($1.after.summary)"
        }
        for (role, envelope) in draft.roles.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "signs    \(role) version \(envelope.payload.version), good until \(envelope.payload.expires)"
            )
        }
        return lines
    }

    /// - Source: TUF §5.3.
    private static func newestRoot(from trusted: [UInt8], _ roots: [[UInt8]]) throws -> Root {
        var current = try Envelope<Root>(parsing: trusted)
        try current.payload.requireThreshold(of: .root, on: current)
        for bytes in roots {
            let next = try Envelope<Root>(parsing: bytes)
            guard next.payload.version > current.payload.version else { continue }
            guard next.payload.version == current.payload.version + 1 else {
                throw MetadataError.unexpectedVersion(
                    role: .root, expected: current.payload.version + 1, found: next.payload.version)
            }
            try current.payload.requireThreshold(of: .root, on: next)
            try next.payload.requireThreshold(of: .root, on: next)
            current = next
        }
        return current.payload
    }
}

extension Maintainers {
    fileprivate var summary: String {
        let keys = keys.map { "\($0.account) \($0.publicKey.id.hex.prefix(16))" }.joined(separator: ", ")
        return "\(threshold) of [\(keys)]"
    }
}
