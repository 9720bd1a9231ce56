import Packaging
import Postgres
package import TUF
import TUFRepository

extension Warehouse {
    /// Whether uploads to the project wait for signatures.
    package func isClaimed(_ normalizedName: String) async throws -> Bool {
        try await database.read { connection in
            try connection.one(
                """
                SELECT FROM project WHERE normalized_name = \(normalizedName)
                  AND (EXISTS (SELECT FROM claim WHERE claim.project_id = project.id)
                       OR EXISTS (SELECT FROM draft WHERE draft.project_id = project.id AND state = 'submitted'))
                """) != nil
        }
    }

    /// Puts an upload to a claimed project into the draft that waits for signatures, or begins one.
    ///
    /// - Throws: ``TransactionRefusal`` `.live` for a draft that carries signatures already: they would be lost.
    package func stage(
        _ distribution: StoredDistribution, by identity: Identity, rules: ClaimRules, now: MetadataTime
    ) async throws -> StoredDraft {
        try await database.transaction { connection in
            let name = distribution.project.normalized
            guard let project = try LockedProject(named: name, connection), project.inForce != nil else {
                throw TransactionRefusal(
                    .notFound, value: name, "The project is not claimed yet; upload again.")
            }
            try project.authorize(identity)
            try project.refusePendingUploads(connection)
            let facts = distribution.facts
            var changes = ProjectChanges()
            var begun = now
            let live = try StoredDraft.load(
                "draft.project_id = \(project.id) AND draft.state <> 'published'", counting: rules.counting,
                connection
            ).first
            if let live, live.expiresAt > now {
                if live.changes.add.contains(facts), !live.missingFiles.contains(facts.filename) {
                    return live
                }
                guard live.signatures.isEmpty, live.transaction == nil, live.missingFiles.isEmpty else {
                    throw TransactionRefusal(
                        .live, value: "\(live.id)",
                        "Draft \(live.id) of '\(name)' is being signed: finish it with `seal cosign \(name)` or "
                            + "drop it with `seal drop \(name)`, then upload again.")
                }
                (changes, begun) = (live.changes, live.draftedAt)
                try connection.execute("DELETE FROM draft WHERE id = \(live.id)")
            } else if let live {
                try Self.remove(draft: live.id, of: project.name, because: "it waited too long", connection)
            }
            changes.add.append(facts)
            _ = try Self.insertFile(
                distribution, into: project.id, by: identity, uploadedAt: begun, connection)
            let id = try Self.store(
                changes, of: project, by: identity, draftedAt: begun, rules: rules, connection)
            try connection.execute("UPDATE draft SET state = 'staged' WHERE id = \(id)")
            return try Self.storedDraft(id, rules, connection)
        }
    }
}
