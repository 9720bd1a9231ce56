import CanonicalJSON
import Postgres
import Signing
package import TUF
package import TUFRepository

/// The way of new offline metadata out of the index and, signed, back. One draft at a time.
extension Warehouse {
    /// Drafts the next `claimed`: every project that waits for it moves there.
    ///
    /// Until the draft is imported or dropped, the maintainers of these projects stay as they are.
    ///
    /// - Parameters:
    ///   - withdrawn: normalized names of projects that the index signs for again.
    ///   - expires: of the new metadata.
    ///   - shardSize: how many projects a role may have.
    /// - Throws: ``TransactionRefusal`` `.live` while another draft is out; `.notFound` for a withdrawn project that is
    ///   not in `claimed`.
    package func draftClaims(
        withdrawing withdrawn: Set<String> = [], expires: MetadataTime, shardSize: Int
    ) async throws -> ClaimsDraft {
        try await database.transaction {
            try Self.draftClaims(withdrawing: withdrawn, expires: expires, shardSize: shardSize, $0)
        }
    }

    static func draftClaims(
        withdrawing withdrawn: Set<String>, expires: MetadataTime, shardSize: Int, _ connection: Connection
    ) throws -> ClaimsDraft {
        let rows = try connection.query(
            """
            SELECT project.id, project.normalized_name, metadata.bytes
            FROM claim JOIN project ON project.id = claim.project_id
                 JOIN metadata ON metadata.role = 'project-' || project.normalized_name
                              AND metadata.superseded_at IS NULL
            WHERE (claim.delegator = \(RoleName.recentlyClaimed.text) OR claim.wanted IS NOT NULL)
              AND project.normalized_name <> ALL(\(withdrawn.sorted()))
              AND NOT EXISTS (SELECT FROM draft WHERE draft.project_id = project.id AND state = 'submitted')
            FOR UPDATE OF project
            """)
        var evidence: [String: Envelope<Targets>] = [:]
        for row in rows {
            evidence[try row.get("normalized_name")] = try Envelope(parsing: row.get("bytes"))
        }
        let (targets, published) = try offlineTargets(connection)
        let draft = try ClaimsDraft(
            roots: roots(connection), targets: targets,
            published: published.filter { $0.key != .unclaimed }, evidence: evidence, withdrawn: withdrawn,
            expires: expires, shardSize: shardSize)
        let id = try store(draft, connection)
        let projects = try rows.map { try $0.get("id", as: Int.self) }
        try connection.execute(
            "UPDATE claim SET offline_draft_id = \(id) WHERE project_id = ANY(\(projects))")
        return draft
    }

    /// Drafts the next root.
    ///
    /// - Throws: ``TransactionRefusal``: `.live` while another draft is out; `.delegation` for what would lock out who
    ///   signs a role, or the snapshot process.
    package func draftRoot(_ changes: KeyChanges, expires: MetadataTime) async throws -> RootDraft {
        try await database.transaction { try Self.draftRoot(changes, expires: expires, .overlapping, $0) }
    }

    /// Drafts other keys for what `targets` delegates to and for the bins, another number of bins, or the renewal of
    /// `targets`, `claimed`, `unclaimed`.
    ///
    /// - Parameter binBitLength: of a new layout of the bins; nil for the present one.
    /// - Throws: as ``draftRoot(_:expires:)``.
    package func draftTargets(
        _ changes: KeyChanges, renew: Set<RoleName>, binBitLength: Int?, expires: MetadataTime
    ) async throws -> TargetsDraft {
        try await database.transaction { connection in
            try Self.draftTargets(
                changes, renew: renew, binBitLength: binBitLength, expires: expires, .overlapping, connection)
        }
    }

    /// How the snapshot process comes to sign with another key.
    enum Succession {
        /// Once it is named beside its predecessor, which is still needed to verify what is public.
        case overlapping
        /// At once, with the publication that takes its predecessor's name away.
        case immediate
    }

    static func draftRoot(
        _ changes: KeyChanges, expires: MetadataTime, atLeast: VersionFloors = VersionFloors(),
        _ succession: Succession, _ connection: Connection
    ) throws -> RootDraft {
        let draft = try RootDraft(
            roots: roots(connection), targets: offlineTargets(connection).targets, changes: changes,
            expires: expires, atLeast: atLeast)
        for role in [OnlineRole.timestamp, .snapshot] {
            guard let keys = draft.after.roles[role.changed] else { continue }
            try requireOnlineKeys(of: [role.changed], signedBy: role, in: keys, succession, connection)
        }
        _ = try store(draft, connection)
        return draft
    }

    static func draftTargets(
        _ changes: KeyChanges, renew: Set<RoleName>, binBitLength: Int? = nil, expires: MetadataTime,
        atLeast: VersionFloors = VersionFloors(), _ succession: Succession, _ connection: Connection
    ) throws -> TargetsDraft {
        let (targets, published) = try offlineTargets(connection)
        let draft = try TargetsDraft(
            roots: roots(connection), targets: targets, published: published, changes: changes,
            renew: renew, binBitLength: binBitLength, expires: expires, atLeast: atLeast)
        if let keys = draft.delegations.roleKeys(of: .recentlyClaimed) {
            try requireOnlineKeys(
                of: [.recentlyClaimed], signedBy: .recentlyClaimed, in: keys, succession, connection)
        }
        let present = published[.unclaimed]?.payload.delegations?.succinct ?? draft.succinct
        try requireOnlineKeys(
            of: Array(present.roleNames), signedBy: .bins, in: draft.succinct.keys, succession, connection)
        _ = try store(draft, connection)
        return draft
    }

    /// Takes a draft back with signatures.
    ///
    /// - Parameter offered: as it came; only the signatures in it are used.
    /// - Throws: ``TransactionRefusal`` `.version` for another draft than the one that is out; as
    ///   ``signOffline(_:now:)``.
    package func importOffline(
        _ offered: any OfflineDraft, now: MetadataTime
    ) async throws -> (draft: any OfflineDraft, isSubmitted: Bool) {
        try await signOffline(offered.signatures, now: now) { stored in
            type(of: stored).type == type(of: offered).type && stored.roles == offered.roles
        }
    }

    /// Adds signatures to the draft that is out. Once there are enough it is published with the next snapshot.
    ///
    /// - Returns: the draft with all signatures so far; whether it will be published.
    /// - Throws: ``TransactionRefusal``: `.notFound` where no draft is out, `.signature` without any new valid
    ///   signature, `.expired`.
    package func signOffline(
        _ signatures: [RoleName: [Signature]], now: MetadataTime,
        isThatOf: @escaping @Sendable (any OfflineDraft) -> Bool = { _ in true }
    ) async throws -> (draft: any OfflineDraft, isSubmitted: Bool) {
        try await database.transaction { connection in
            guard let live = try LiveOfflineDraft(loadedBy: connection), live.state == "drafted" else {
                throw TransactionRefusal(.notFound, "No draft is out; `draft` makes one.")
            }
            let stored = try live.draft()
            guard isThatOf(stored) else {
                throw TransactionRefusal(.version, "This is another draft than the one that is out.")
            }
            let draft = stored.adding(signatures)
            let offered = signatures.sorted { $0.key < $1.key }.flatMap { role, made in
                made.map { (role, $0) }
            }
            let faults = offered.map { stored.fault(of: $0.1, on: $0.0) }
            guard faults.contains(nil) else {
                throw TransactionRefusal(
                    .signature, faults.compactMap(\.self).first ?? "No signature came with it.")
            }
            if draft.isComplete { _ = try draft.signedRoles(now: now) }
            let state = draft.isComplete ? "submitted" : "drafted"
            try connection.execute(
                """
                UPDATE offline_draft SET state = \(state), document = \(draft.encoded()) WHERE id = \(live.id)
                """)
            var body = Self.description(of: draft, live.id)
            body["keyids"] = .array(draft.signers.sorted().map { .string($0.hex) })
            try Self.log(.offlineSigned, body, connection)
            try connection.notify(Channel.pending, payload: "")
            return (draft, draft.isComplete)
        }
    }

    /// Gives up the draft that is out.
    ///
    /// - Throws: ``TransactionRefusal`` `.notFound`.
    package func dropOffline() async throws {
        try await database.transaction { connection in
            guard let live = try LiveOfflineDraft(loadedBy: connection), live.state == "drafted" else {
                throw TransactionRefusal(.notFound, "No draft is out.")
            }
            try connection.execute("DELETE FROM offline_draft WHERE id = \(live.id)")
            try Self.log(.offlineDropped, ["offline_draft": .integer(live.id)], connection)
        }
    }

    /// The draft that waits for signatures.
    ///
    /// - Returns: nil where none is out.
    package func offlineDraft() async throws -> (any OfflineDraft)? {
        try await database.transaction { try LiveOfflineDraft(loadedBy: $0)?.draft() }
    }

    /// The snapshot that carries the newest draft; nil while it has none.
    package func publishedOffline() async throws -> Int? {
        try await database.read { connection in
            try connection.one("SELECT snapshot_version FROM offline_draft ORDER BY id DESC LIMIT 1")?
                .get("snapshot_version")
        }
    }

    private static func store(_ draft: some OfflineDraft, _ connection: Connection) throws -> Int {
        if let live = try LiveOfflineDraft(loadedBy: connection) {
            throw TransactionRefusal(
                .live, value: "\(live.id)",
                "A draft is out since \(live.draftedAt): import it signed, or `bonded admin offline drop` it."
            )
        }
        let id: Int = try connection.single(
            "INSERT INTO offline_draft (state, document) VALUES ('drafted', \(draft.encoded())) RETURNING id")
        try log(.offlineDrafted, description(of: draft, id), connection)
        return id
    }

    private static func roots(_ connection: Connection) throws -> [[UInt8]] {
        try connection.query("SELECT bytes FROM metadata WHERE role = 'root' ORDER BY version")
            .map { try $0.get("bytes") }
    }

    /// `targets`; and `claimed`, its shards and `unclaimed`; as they are public.
    private static func offlineTargets(
        _ connection: Connection
    ) throws -> (targets: Envelope<Targets>, published: [RoleName: Envelope<Targets>]) {
        var published: [RoleName: Envelope<Targets>] = [:]
        for row in try connection.query(
            """
            SELECT role, bytes FROM metadata
            WHERE superseded_at IS NULL
              AND (role IN ('targets', 'claimed', 'unclaimed') OR role LIKE 'claimed-%')
            """)
        {
            published[try RoleName(row.get("role", as: String.self))] = try Envelope(
                parsing: row.get("bytes"))
        }
        guard let targets = published.removeValue(forKey: .targets) else {
            throw WarehouseError.metadataMissing(role: "targets")
        }
        return (targets, published)
    }

    /// The keys that have signed online roles must still be named, or clients could not verify them any more; where
    /// everything is signed anew at once, a key is that the snapshot process has.
    private static func requireOnlineKeys(
        of roles: [RoleName], signedBy online: OnlineRole, in keys: RoleKeys, _ succession: Succession,
        _ connection: Connection
    ) throws {
        if succession == .immediate,
            try succeedingKeys(connection).contains(where: { key in
                key.role == online && key.publicKey.map { keys.keyIDs.contains($0.id) } == true
            })
        {
            return
        }
        guard let role = try firstSigned(byNoneOf: keys.keyIDs, among: roles, connection) else { return }
        throw TransactionRefusal(
            .delegation, role: role,
            "'\(role)' is signed with a key that would not be named any more: add the new key first, and remove the "
                + "old one once `bonded sign` runs with the new one.")
    }

    /// The first of these roles whose public metadata none of these keys has signed.
    static func firstSigned(
        byNoneOf keyIDs: [KeyID], among roles: [RoleName], _ connection: Connection
    ) throws -> String? {
        try connection.one(
            """
            SELECT role FROM metadata
            WHERE role = ANY(\(roles.map(\.text))) AND superseded_at IS NULL
              AND NOT EXISTS (SELECT FROM unnest(\(keyIDs.map(\.hex))) AS key_id
                              WHERE position(convert_to(key_id, 'UTF8') IN \(SignedStart.sql)) > 0)
            ORDER BY role LIMIT 1
            """)?.get("role")
    }

    private static func description(of draft: some OfflineDraft, _ id: Int) -> JSONObject {
        let roles = draft.roles.map { name, role in
            (
                name.text,
                JSONValue.object([
                    "version": .integer(role.version),
                    "signed_sha256": .string(Digest.sha256Hex(role.signedBytes)),
                ])
            )
        }
        return ["offline_draft": .integer(id), "roles": .object(JSONObject(roles))]
    }
}

/// The draft that is out, or signed and on its way.
struct LiveOfflineDraft {
    let id: Int
    let state: String
    let draftedAt: MetadataTime
    private let document: [UInt8]

    /// - Returns: nil where there is none.
    init?(loadedBy connection: Connection) throws {
        let row = try connection.one(
            """
            SELECT id, state, document, extract(epoch FROM drafted_at)::bigint AS drafted_at
            FROM offline_draft WHERE state <> 'published' FOR UPDATE
            """)
        guard let row else { return nil }
        id = try row.get("id")
        state = try row.get("state")
        draftedAt = MetadataTime(secondsSinceEpoch: try row.get("drafted_at"))
        document = try row.get("document")
    }

    func draft() throws -> any OfflineDraft { try OfflineDrafts.parse(document) }
}

/// Where in the bytes of metadata the IDs of its signatures are: canonical JSON puts `signatures` first.
enum SignedStart {
    static let sql: SQL = "substring(bytes FROM 1 FOR 4096)"
}
