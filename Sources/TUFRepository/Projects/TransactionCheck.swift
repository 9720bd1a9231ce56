import Packaging
package import TUF

/// The checks of a signed project transaction (PEP 480, "Snapshot Process"): the only place that makes them.
///
/// That the metadata is consistent with pages and files, names nothing outside the project and delegates nothing
/// is what making a ``ProjectDraft`` checks.
package enum TransactionCheck {
    /// - Parameters:
    ///   - signatures: as they came.
    ///   - draft: what they are to sign.
    ///   - inForce: who may sign for the published version; nil for a project that is being claimed.
    ///   - publishedVersion: of the project's role; 0 where it has none.
    ///   - revoked: keys that sign no more, although a project may still name them.
    ///   - now: the time of the check.
    ///   - counting: what the threshold counts.
    /// - Returns: how far the signatures go. A change of maintainers needs the old threshold and the new one: the
    ///   standing that is further away is returned.
    /// - Throws: `.version`, `.expired`, `.keyRepeated`, `.keyUnknown`, `.signature`.
    package static func run(
        signatures: [Signature], draft: ProjectDraft, inForce: Maintainers?, publishedVersion: Int,
        revoked: Set<KeyID>, now: MetadataTime, counting: Maintainers.Counting
    ) throws(TransactionRefusal) -> Standing {
        let role = "project-\(draft.project.normalized)"
        guard draft.targets.version == publishedVersion + 1 else {
            throw TransactionRefusal(
                .version, role: role, value: "\(draft.targets.version)",
                "Version \(draft.targets.version) does not follow the published version \(publishedVersion).")
        }
        guard !draft.targets.isExpired(at: now) else {
            throw TransactionRefusal(
                .expired, role: role, value: draft.targets.expires.description, "The metadata has expired.")
        }
        let message = draft.signedBytes
        let authorities = [inForce, draft.maintainers].compactMap { $0 }
        var seen: Set<KeyID> = []
        for signature in signatures {
            guard seen.insert(signature.keyID).inserted else {
                throw TransactionRefusal(
                    .keyRepeated, role: role, value: signature.keyID.hex, "A key signs once.")
            }
            guard let key = authorities.lazy.compactMap({ $0.publicKeys[signature.keyID] }).first else {
                throw TransactionRefusal(
                    .keyUnknown, role: role, value: signature.keyID.hex,
                    "The key is none of the project's; a maintainer adds it with `seal maintainers`.")
            }
            guard !revoked.contains(signature.keyID) else {
                throw TransactionRefusal(
                    .signature, role: role, value: signature.keyID.hex,
                    "The key was revoked: its signatures count no more.")
            }
            guard key.verifies(signature.bytes, over: message) else {
                throw TransactionRefusal(
                    .signature, role: role, value: signature.keyID.hex,
                    "The signature does not fit the draft.")
            }
        }
        return standing(of: signatures, draft: draft, inForce: inForce, counting: counting)
    }

    /// How far signatures go, towards the threshold that is further away.
    package static func standing(
        of signatures: [Signature], draft: ProjectDraft, inForce: Maintainers?, counting: Maintainers.Counting
    ) -> Standing {
        let message = draft.signedBytes
        let new = draft.maintainers.standing(of: signatures, over: message, counting: counting)
        guard let old = inForce?.standing(of: signatures, over: message, counting: counting) else {
            return new
        }
        return old.missing > new.missing ? old : new
    }
}

extension Standing {
    /// How many more must sign.
    package var missing: Int { max(0, threshold - count) }
}
