import Postgres
import TUF
import TestSupport

@testable import Warehouse

/// The leading snapshot process without its loop: publishes when a test says so, at the time the test says.
struct Publisher {
    static let start = MetadataTime(secondsSinceEpoch: 1_767_225_600)  // 2026-01-01T00:00:00Z

    let index: TestIndex
    private(set) var leader: Leader
    var now: MetadataTime

    init(_ index: TestIndex, at now: MetadataTime = start) async throws {
        let keyring = index.ceremony.keyring
        self.index = index
        self.now = now
        leader = try await index.warehouse.database.transaction {
            try Leader(loadedBy: $0, keyring: keyring, now: now)
        }
    }

    @discardableResult
    mutating func publish(batchLimit: Int = 1000) async throws -> PublicationReport? {
        let (current, time) = (leader, now)
        let (report, next) = try await index.warehouse.database.transaction { connection in
            var leader = current
            let report = try leader.publish(connection, batchLimit: batchLimit, now: time)
            return (report, leader)
        }
        leader = next
        return report
    }

    mutating func advance(bySeconds seconds: Int) { now = now.advanced(bySeconds: seconds) }
}

extension TestIndex {
    /// An index whose ceremony was at ``Publisher/start``, and its leader.
    static func withPublisher(
        binBitLength: Int = 2, _ body: (TestIndex, inout Publisher) async throws -> Void
    ) async throws {
        try await with(startingAt: Publisher.start, binBitLength: binBitLength) { index in
            var publisher = try await Publisher(index)
            try await body(index, &publisher)
        }
    }

    func account(_ name: String = "alice", scope: TokenScope = .upload) async throws -> Identity {
        let identity = try await warehouse.localIdentity(account: name)
        return Identity(accountID: identity.accountID, account: name, scope: scope)
    }

    /// The first column of the one row that a query gives.
    func value<Value: ColumnValue & Sendable>(_ sql: SQL) async throws -> Value {
        try await warehouse.database.read { try $0.single(sql) }
    }

    func values<Value: ColumnValue & Sendable>(_ sql: SQL) async throws -> [Value] {
        try await warehouse.database.read { try $0.query(sql).map { try $0.get(0) } }
    }

    func execute(_ sql: SQL) async throws {
        try await warehouse.database.transaction { _ = try $0.execute(sql) }
    }

    /// Everything the database holds of projects and the repository; equal where nothing was changed.
    func contents() async throws -> [String] {
        try await values(
            """
            SELECT 'project ' || t::text FROM project AS t UNION ALL
            SELECT 'owner ' || t::text FROM project_owner AS t UNION ALL
            SELECT 'release ' || t::text FROM release AS t UNION ALL
            SELECT 'file ' || t::text FROM file AS t UNION ALL
            SELECT 'removed ' || t::text FROM removed_file AS t UNION ALL
            SELECT 'transaction ' || t::text FROM project_transaction AS t UNION ALL
            SELECT 'change ' || t::text FROM transaction_change AS t UNION ALL
            SELECT 'journal ' || t::text FROM journal AS t UNION ALL
            SELECT 'metadata ' || t::text FROM metadata AS t UNION ALL
            SELECT 'page ' || t::text FROM page AS t UNION ALL
            SELECT 'target ' || t::text FROM target AS t UNION ALL
            SELECT 'retired ' || t::text FROM retired_blob AS t
            ORDER BY 1
            """)
    }
}

/// Waits until something is so, at most ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try await condition()
}
