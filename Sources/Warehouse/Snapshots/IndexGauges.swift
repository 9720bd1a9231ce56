import Postgres

/// The state of the index in numbers, for those who watch it.
package struct IndexGauges: Hashable, Sendable {
    package let pending: Int
    /// Seconds; 0 where nothing waits.
    package let oldestPending: Int
    package let drafts: Int
    package let hasOfflineDraft: Bool
    package let isLed: Bool
    /// 0 before the first.
    package let snapshotVersion: Int
    /// Seconds.
    package let snapshotAge: Int
    package let publications: PublicationFigures
}

extension Warehouse {
    package func gauges() async throws -> IndexGauges {
        try await database.read { connection in
            let row = try connection.one(
                """
                SELECT (SELECT count(*) FROM project_transaction WHERE snapshot_version IS NULL) AS pending,
                       (SELECT coalesce(extract(epoch FROM now() - min(submitted_at)), 0)::bigint
                        FROM project_transaction WHERE snapshot_version IS NULL) AS oldest,
                       (SELECT count(*) FROM draft WHERE transaction_id IS NULL) AS drafts,
                       EXISTS (SELECT FROM offline_draft WHERE state <> 'published') AS has_offline_draft,
                       (SELECT coalesce(max(version), 0) FROM metadata
                        WHERE role = 'snapshot' AND superseded_at IS NULL) AS snapshot,
                       (SELECT coalesce(extract(epoch FROM now() - max(created_at)), 0)::bigint FROM metadata
                        WHERE role = 'snapshot' AND superseded_at IS NULL) AS age
                """)
            guard let row else { throw WarehouseError.rowMissing }
            return IndexGauges(
                pending: try row.get("pending"), oldestPending: try row.get("oldest"),
                drafts: try row.get("drafts"), hasOfflineDraft: try row.get("has_offline_draft"),
                isLed: try Leadership.isHeld(connection), snapshotVersion: try row.get("snapshot"),
                snapshotAge: try row.get("age"),
                publications: try .read(connection))
        }
    }
}
