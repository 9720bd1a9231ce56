import Dispatch
import Logging
import Postgres
package import Signing
package import TUF

/// Makes pending project transactions public, one consistent snapshot at a time, and keeps the online signatures
/// fresh (PEP 458, "Producing Consistent Snapshots").
///
/// Of any number of such processes one leads, by an advisory lock of PostgreSQL that its connection holds; the
/// others stand by. The only process that ever opens a private key.
package struct SnapshotProcess: Sendable {
    package struct Settings: Sendable {
        /// Transactions in one snapshot at most.
        package var batchLimit = 1000
        /// How long superseded metadata and pages stay.
        package var supersededGrace: Duration
        /// How long an online key and its successor are both named before the successor signs.
        package var keyOverlap: Duration

        package init(supersededGrace: Duration, keyOverlap: Duration) {
            self.supersededGrace = supersededGrace
            self.keyOverlap = keyOverlap
        }
    }

    private let warehouse: Warehouse
    private let keyring: OnlineKeyring
    private let settings: Settings
    private let now: @Sendable () -> MetadataTime
    private let doorbell = Doorbell()

    private var logger: Logger { warehouse.logger }

    package init(
        warehouse: Warehouse, keyring: OnlineKeyring, settings: Settings,
        now: @escaping @Sendable () -> MetadataTime
    ) {
        self.warehouse = warehouse
        self.keyring = keyring
        self.settings = settings
        self.now = now
    }

    /// Leads or stands by until the task is cancelled. A failure costs the lead and is logged; the next try starts
    /// from what is stored.
    package func run() async {
        let listening = Task {
            for await _ in warehouse.database.listen(channels: [Channel.pending]) { doorbell.ring() }
        }
        defer { listening.cancel() }
        var failures = 0
        while !Task.isCancelled {
            do {
                try await standByAndLead()
                failures = 0
            } catch {
                failures += 1
                logger.error("the snapshot process stopped; trying again", metadata: ["error": "\(error)"])
                await doorbell.wait(atMost: .milliseconds(min(250 << min(failures, 6), 10_000)))
            }
        }
    }

    private func standByAndLead() async throws {
        let session = try await warehouse.database.session()
        do {
            while !Task.isCancelled {
                if try await session.run({ try Leadership.take($0) }) { try await lead(session) }
                await doorbell.wait(atMost: .milliseconds(500))
            }
        } catch {
            await session.close()
            throw error
        }
        await session.close()
    }

    private func lead(_ session: Session) async throws {
        let start = now()
        var keys = keyring
        try keys.reread()
        var leader = try await load(keys, session)
        logger.info("leading the snapshot process", metadata: ["snapshot": "\(leader.snapshotVersion)"])
        var nextCleanup = start
        while !Task.isCancelled {
            if try await turnKeys(&keys, session) { leader = try await load(keys, session) }
            let (time, limit, current, keyring) = (now(), settings.batchLimit, leader, keys)
            let began = ContinuousClock.now
            let (report, next) = try await countingFailure {
                try await session.transaction { connection -> (PublicationReport?, Leader) in
                    var leader =
                        try current.isUpToDate(connection)
                        ? current : Leader(loadedBy: connection, keyring: keyring, now: time)
                    if try LiveRecovery.holdsPublications(connection) { return (nil, leader) }
                    let report = try leader.publish(connection, batchLimit: limit, now: time)
                    if report != nil {
                        try PublicationFigures.countPublication(
                            took: ContinuousClock.now - began, connection)
                    }
                    return (report, leader)
                }
            }
            leader = next
            if let report { log(report, took: ContinuousClock.now - began) }
            if !leader.succeeded.isEmpty {
                for role in leader.succeeded { promote(role, &keys) }
                leader = try await load(keys, session)
            }
            if time >= nextCleanup {
                try await cleanUp(session)
                nextCleanup = time.advanced(bySeconds: 3600)
            }
            if report == nil || report?.isFollowedByMore == false {
                await doorbell.wait(atMost: .seconds(15))
            }
        }
    }

    private func load(_ keyring: OnlineKeyring, _ session: Session) async throws -> Leader {
        let time = now()
        return try await countingFailure {
            try await session.transaction { try Leader(loadedBy: $0, keyring: keyring, now: time) }
        }
    }

    /// Puts the next key's file in the present one's place where it has signed. What cannot be moved signs all the same.
    private func promote(_ role: OnlineRole, _ keyring: inout OnlineKeyring) {
        do {
            try keyring.promote(role)
        } catch {
            logger.error(
                "cannot put the next key in its place; it signs from where it is",
                metadata: ["role": "\(role.rawValue)", "error": "\(error)"])
        }
    }

    private func turnKeys(_ keyring: inout OnlineKeyring, _ session: Session) async throws -> Bool {
        let turning = KeyTurning(overlap: Int(settings.keyOverlap.components.seconds))
        let (time, present) = (now(), keyring)
        let (isChanged, keys) = try await session.transaction { connection in
            var keys = present
            return (try turning.advance(&keys, now: time, connection), keys)
        }
        keyring = keys
        return isChanged
    }

    /// Lets a failure of a part of publishing show in the figures.
    private func countingFailure<Value: Sendable>(
        _ attempt: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await attempt()
        } catch {
            guard !Task.isCancelled else { throw error }
            do {
                try await warehouse.database.transaction { try PublicationFigures.countFailure($0) }
            } catch {
                logger.warning("cannot count a failed publication", metadata: ["error": "\(error)"])
            }
            throw error
        }
    }

    private func cleanUp(_ session: Session) async throws {
        let grace = settings.supersededGrace
        let (blobs, time) = (warehouse.blobs, now())
        let result = try await session.transaction { connection in
            try Cleanup(connection: connection, blobs: blobs, grace: grace, now: time).run()
        }
        guard result != Cleanup.Result() else { return }
        logger.info(
            "removed what is superseded",
            metadata: [
                "metadata": "\(result.metadata)", "pages": "\(result.pages)", "blobs": "\(result.blobs)",
                "uploads": "\(result.abandonedUploads)", "drafts": "\(result.drafts)",
            ])
    }

    private func log(_ report: PublicationReport, took: Duration) {
        logger.info(
            "published",
            metadata: [
                "snapshot": "\(report.snapshotVersion)", "timestamp": "\(report.timestampVersion)",
                "transactions": "\(report.transactions)", "roles": "\(report.roles)",
                "milliseconds": "\(took / .milliseconds(1))",
            ])
        for (role, bytes) in report.oversized {
            logger.warning(
                "a bin is near the largest that clients accept; plan for more bins",
                metadata: ["role": "\(role)", "bytes": "\(bytes)"])
        }
    }
}

/// The lock that the leading snapshot process holds. It goes with the connection that took it.
package enum Leadership {
    private static let lock = 0x626f_6e64_6564

    static func take(_ connection: Connection) throws -> Bool {
        try connection.one("SELECT pg_try_advisory_lock(\(lock)) AS taken")?.get("taken") ?? false
    }

    /// Whether some process leads, as PostgreSQL knows it.
    static func isHeld(_ connection: Connection) throws -> Bool {
        try connection.one(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND (classid::bigint << 32 | objid::bigint) = \(lock)
            ) AS held
            """)?.get("held") ?? false
    }
}
