import CanonicalJSON
import Packaging
import Postgres
import Signing
package import TUF
package import TUFRepository

/// How far a recovery has come. What there is to do follows from what is stored, so that it goes on from wherever it was
/// left.
package struct RecoveryStanding: Sendable {
    package enum Step: Sendable {
        /// The rows of the index are not restored yet; that takes the archive, where there is one.
        case restoring
        /// `bonded sign` makes the new online keys.
        case makingKeys
        /// The holders of offline keys sign a draft.
        case signatures(any OfflineDraft)
        /// A signed draft goes with the next snapshot.
        case publishing
        /// Everything is being signed with the new keys.
        case signing
        case finished
    }

    package let id: Int
    package let stored: StoredPlan
    package let bulletin: Int?
    package let step: Step
}

/// What an administrator says when a recovery begins.
package struct RecoveryRequest: Sendable {
    package let plan: RecoveryPlan
    /// New keys and thresholds of offline roles.
    package let added: KeyChanges
    /// Keys of replaced offline roles that are known to be safe, and stay.
    package let safe: [RoleName: [KeyID]]
    /// SHA-256 of the archive of the last known good snapshot, hexadecimal; nil to restore nothing.
    package let knownGood: String?
    package let title: String
    /// Plain text.
    package let bulletin: String

    package init(
        plan: RecoveryPlan, added: KeyChanges, safe: [RoleName: [KeyID]], knownGood: String?, title: String,
        bulletin: String
    ) {
        self.plan = plan
        self.added = added
        self.safe = safe
        self.knownGood = knownGood
        self.title = title
        self.bulletin = bulletin
    }
}

extension Warehouse {
    /// Begins a recovery: posts the bulletin and, where the plan halts the index, halts it.
    ///
    /// The draft of offline metadata that is out is dropped, and a rotation given up.
    ///
    /// - Parameter administrator: who does it, for the log; nil for who works on the machine itself.
    /// - Throws: ``TransactionRefusal``: `.live` while another recovery is under way; `.maintainers` for offline roles
    ///   whose new keys are missing; `.notFound` for a project that is none.
    package func beginRecovery(_ request: RecoveryRequest, by administrator: String? = nil) async throws {
        try await database.transaction { connection in
            if try connection.one("SELECT FROM recovery WHERE finished_at IS NULL") != nil {
                throw TransactionRefusal(
                    .live, "A recovery is under way: go on with `bonded recover`, without --compromised.")
            }
            let plan = request.plan
            let named = try StoredRepository(loadedBy: connection).namedByRole
            let missing = plan.lackingKeys(given: request.added, safe: request.safe, named: named)
            guard missing.isEmpty else {
                let names = missing.map(\.text).joined(separator: ", ")
                throw TransactionRefusal(
                    .maintainers, value: names,
                    "The plan replaces the keys of \(names), and too few new ones are given: their holders make them "
                        + "with `seal key new`; name the public halves with --add-key ROLE=FILE.")
            }
            for name in plan.projects
            where try connection.one("SELECT FROM project WHERE normalized_name = \(name)") == nil {
                throw TransactionRefusal(.notFound, value: name, "There is no project '\(name)'.")
            }
            var removed: [RoleName: [KeyID]] = [:]
            for role in plan.replaced {
                removed[role] = named[role]?.keyIDs.filter { !(request.safe[role] ?? []).contains($0) }
            }
            let stored = StoredPlan(
                plan: plan, removed: removed, added: request.added, knownGood: request.knownGood)
            let bulletin: Int = try connection.single(
                "INSERT INTO bulletin (title, body) VALUES (\(request.title), \(request.bulletin)) RETURNING id"
            )
            try connection.execute("DELETE FROM offline_draft WHERE state = 'drafted'")
            try connection.execute("UPDATE rotation SET finished_at = now() WHERE finished_at IS NULL")
            let id: Int = try connection.single(
                """
                INSERT INTO recovery (plan, halts, bulletin_id)
                VALUES (\(stored.encoded), \(plan.halts), \(bulletin)) RETURNING id
                """)
            try Self.requestFreshKeys(
                of: OnlineRole.allCases.filter { plan.replaced.contains($0.changed) }, connection)
            try Self.close(plan.projects, by: administrator, connection)
            try Self.log(
                .recoveryBegun,
                [
                    "recovery": .integer(id), "plan": try JSONValue(parsing: stored.encoded),
                    "by": .actor(administrator),
                ], connection)
            try connection.notify(Channel.published, payload: "recovery")
        }
    }

    /// Does whatever of the recovery under way can be done now, but for the restoration.
    ///
    /// - Parameter expires: of offline metadata that it drafts.
    /// - Returns: nil where none is under way.
    package func advanceRecovery(
        expires: MetadataTime, shardSize: Int = ClaimedRoles.standardShardSize
    ) async throws -> RecoveryStanding? {
        try await database.transaction { connection in
            guard let live = try LiveRecovery(loadedBy: connection) else { return nil }
            let step = try live.advance(expires: expires, shardSize: shardSize, connection)
            return RecoveryStanding(id: live.id, stored: live.stored, bulletin: live.bulletin, step: step)
        }
    }

    /// Brings the index's rows back to the last known good snapshot, once.
    ///
    /// - Parameters:
    ///   - archive: the file; nil where the recovery began without one.
    ///   - root: bytes of a root that is trusted.
    /// - Returns: nil where it was done before.
    /// - Throws: ``TransactionRefusal`` `.targets` for another archive than the recovery began with; as
    ///   ``SnapshotArchive/read(_:trustedRoot:_:)``. Then nothing is changed.
    package func restore(
        fromArchive archive: String?, trustedRoot root: [UInt8],
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
    ) async throws -> RestorationReport? {
        let sha256 = try archive.map { Hex.encode(try Self.sha256(ofFile: $0)) }
        let identity = try await localIdentity(account: "recovery")
        let blobs = blobs
        return try await database.transaction { connection in
            guard let live = try LiveRecovery(loadedBy: connection), !live.isRestored else { return nil }
            guard live.stored.knownGood == sha256 else {
                throw TransactionRefusal(
                    .targets, value: sha256 ?? "none",
                    "The recovery began with the archive \(live.stored.knownGood ?? "none"); go on with that one."
                )
            }
            if let archive { _ = try ArchiveTables(connection: connection).load(archive, trustedRoot: root) }
            let restoration = Restoration(
                plan: live.stored.plan, hasArchive: archive != nil, blobs: blobs, identity: identity,
                connection: connection)
            let (report, floors) = try restoration.run(progress: progress)
            var stored = live.stored
            stored.atLeast = floors
            try connection.execute(
                "UPDATE recovery SET restored_at = now(), plan = \(stored.encoded) WHERE id = \(live.id)")
            try Self.log(.recoveryRestored, report.logged(live.id), connection)
            return report
        }
    }

    /// Shows nothing of the projects any more, and lets none of their maintainers' keys count.
    private static func close(
        _ projects: [String], by administrator: String?, _ connection: Connection
    ) throws {
        guard !projects.isEmpty else { return }
        try connection.execute(
            """
            UPDATE project SET status = 'quarantined', status_reason = 'its maintainers'' keys were stolen'
            WHERE normalized_name = ANY(\(projects))
            """)
        for row in try connection.query(
            """
            SELECT maintainers, wanted FROM claim JOIN project ON project.id = claim.project_id
            WHERE normalized_name = ANY(\(projects))
            """)
        {
            for bytes in [try row.get("maintainers", as: [UInt8]?.self), try row.get("wanted")].compactMap(
                \.self)
            {
                let ids = try Maintainers(json: JSONValue(parsing: bytes)).keys.map(\.publicKey.id)
                let retired = try retiredKeys(among: ids, connection)
                for id in ids where !retired.contains(id) {
                    try retire(id, by: administrator, connection)
                }
            }
        }
    }
}

extension RestorationReport {
    fileprivate func logged(_ recovery: Int) -> JSONObject {
        func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        return [
            "recovery": .integer(recovery), "removed": list(removed), "restored": list(restored),
            "lost": list(lost), "unclaimed": list(unclaimed), "pushed": list(pushed),
        ]
    }
}
