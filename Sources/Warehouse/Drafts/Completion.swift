import CanonicalJSON
import Packaging
import Postgres
package import TUF
import TUFRepository

extension Warehouse {
    /// Takes what a draft still lacks: files first, then signatures. At the threshold it becomes a pending
    /// transaction. All of it or nothing.
    ///
    /// - Parameters:
    ///   - files: inspected and in the blob store.
    ///   - signatures: over the draft's signed bytes.
    /// - Throws: ``TransactionRefusal``: the first check that fails.
    package func complete(
        draft id: Int, files: [StoredDistribution], signatures: [Signature], by identity: Identity,
        rules: ClaimRules, now: MetadataTime
    ) async throws -> StoredDraft {
        do {
            return try await database.transaction { connection in
                try Self.complete(id, files, signatures, identity, rules, now, connection)
            }
        } catch let error as PostgresError where error.isUniqueViolation {
            throw TransactionRefusal(
                .targets, value: error.constraint,
                "A file of this name or content came in another way in the meantime; drop the draft and begin again."
            )
        }
    }

    private static func complete(
        _ id: Int, _ files: [StoredDistribution], _ signatures: [Signature], _ identity: Identity,
        _ rules: ClaimRules, _ now: MetadataTime, _ connection: Connection
    ) throws -> StoredDraft {
        let project = try lockProject(ofDraft: id, connection)
        var stored = try storedDraft(id, rules, connection)
        if !stored.draft.maintainers.accounts.contains(identity.account) { try project.authorize(identity) }
        guard stored.transaction == nil else {
            throw TransactionRefusal(.live, value: "\(id)", "Draft \(id) has its signatures already.")
        }
        guard stored.expiresAt > now else {
            throw TransactionRefusal(
                .expired, value: stored.expiresAt.description, "Draft \(id) waited too long; begin again.")
        }
        try project.refuseClosed()
        try project.refuseOtherMaintainers(stored.changes)
        for file in files {
            try add(file, to: stored, of: project, by: identity, connection)
        }
        stored = try storedDraft(id, rules, connection)
        guard stored.missingFiles.isEmpty else {
            throw TransactionRefusal(
                .targets, role: stored.role, value: stored.missingFiles.first,
                "'\(stored.missingFiles[0])' is part of the draft and has not come.")
        }
        try refuseStale(stored, of: project, rules: rules, connection)

        let named = stored.draft.maintainers.keys + (project.inForce?.keys ?? [])
        let revoked = try retiredKeys(among: named.map(\.publicKey.id), connection)

        let known = Set(stored.signatures.map(\.signature))
        let new = signatures.filter { !known.contains($0) }
        let standing = try TransactionCheck.run(
            signatures: stored.signatures.map(\.signature) + new, draft: stored.draft,
            inForce: project.inForce,
            publishedVersion: project.publishedVersion, revoked: revoked, now: now,
            counting: rules.counting)
        try refuseRevoked(revoked, asMaintainersIn: stored)
        for signature in new {
            let account =
                stored.draft.maintainers.account(of: signature.keyID)
                ?? project.inForce?.account(of: signature.keyID)
            try connection.execute(
                """
                INSERT INTO draft_signature (draft_id, key_id, signature, account)
                VALUES (\(id), \(signature.keyID.hex), \(signature.bytes), \(account))
                """)
            try log(
                .draftSigned,
                [
                    "project": .string(project.name.normalized), "draft": .integer(id),
                    "keyid": .string(signature.keyID.hex), "account": .string(account ?? ""),
                    "sent_by": .string(identity.account),
                    "signed_sha256": .string(Digest.sha256Hex(stored.draft.signedBytes)),
                ], connection)
        }
        if standing.isReached {
            let transaction = try submit(stored, of: project, by: identity, connection)
            try connection.execute(
                "UPDATE draft SET state = 'submitted', transaction_id = \(transaction) WHERE id = \(id)")
        } else {
            try connection.execute("UPDATE draft SET state = 'staged' WHERE id = \(id)")
        }
        return try storedDraft(id, rules, connection)
    }

    /// A key may have been revoked since the draft was made that is to make it the project's.
    private static func refuseRevoked(_ revoked: Set<KeyID>, asMaintainersIn stored: StoredDraft) throws {
        guard let id = stored.changes.authority?.keyIDs.first(where: revoked.contains) else { return }
        throw TransactionRefusal(
            .maintainers, role: stored.role, value: id.hex,
            "The key was revoked and becomes no project's; drop the draft and begin again without it.")
    }

    /// The project may have changed since the draft was made.
    private static func refuseStale(
        _ stored: StoredDraft, of project: LockedProject, rules: ClaimRules, _ connection: Connection
    ) throws {
        try project.refusePendingUploads(connection)
        let files = try ProjectDraft.files(
            project.publishedFiles(connection), applying: stored.changes,
            uploadTime: stored.draftedAt.secondsSinceEpoch * 1_000_000)
        let expected = try ProjectDraft(
            project: project.name, version: project.publishedVersion + 1,
            expires: stored.draft.targets.expires,
            maintainers: stored.draft.maintainers, files: files)
        guard expected.signedBytes == stored.draft.signedBytes else {
            throw TransactionRefusal(
                .version, role: stored.role, value: "\(stored.draft.targets.version)",
                "The project has changed since draft \(stored.id) was made; drop it and begin again.")
        }
    }

    private static func submit(
        _ stored: StoredDraft, of project: LockedProject, by identity: Identity, _ connection: Connection
    ) throws -> Int {
        let changes = stored.changes
        var entries: [String] = []
        if project.inForce == nil { entries.append("claim") }
        entries += changes.add.map { "add file \($0.filename)" }
        entries += changes.remove.map { "remove file \($0)" }
        entries += changes.yank.keys.sorted().map { "yank file \($0)" }
        entries += changes.unyank.map { "unyank file \($0)" }
        if project.inForce != nil, changes.authority != nil { entries.append("change maintainers") }
        if entries.isEmpty { entries.append("refresh") }
        return try submit(
            project: project.id, named: project.name, version: nil, entries: entries,
            changes: changes.add.map {
                FileChange(filename: $0.filename, action: .add, sha256Hex: $0.sha256Hex)
            }
                + changes.remove.map {
                    FileChange(filename: $0, action: .remove, reason: "removed by its maintainers")
                },
            by: identity, connection)
    }

    private static func add(
        _ distribution: StoredDistribution, to stored: StoredDraft, of project: LockedProject,
        by identity: Identity, _ connection: Connection
    ) throws {
        let facts = distribution.facts
        guard let announced = stored.changes.add.first(where: { $0.filename == facts.filename }),
            stored.missingFiles.contains(facts.filename)
        else {
            throw TransactionRefusal(
                .targets, role: stored.role, value: facts.filename,
                "'\(facts.filename)' is not awaited by the draft.")
        }
        guard announced == facts else {
            throw TransactionRefusal(
                .targets, role: stored.role, value: facts.filename,
                "'\(facts.filename)' is not the file that the draft describes.")
        }
        _ = try insertFile(
            distribution, into: project.id, by: identity, uploadedAt: stored.draftedAt, connection)
    }
}

extension StoredDraft {
    package var role: String { "project-\(project.normalized)" }
}
