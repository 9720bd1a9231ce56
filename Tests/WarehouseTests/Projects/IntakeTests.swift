import Blobs
import Packaging
import Postgres
import TUF
import TestSupport
import Testing

@testable import Warehouse

@Suite("Intake of uploads")
struct IntakeTests {
    private static func exists(_ distribution: TestDistribution) -> UploadRefusal {
        UploadRefusal(
            status: 400,
            message: "File already exists ('\(distribution.filename)', with blake2_256 hash "
                + "'\(ContentDigests(of: distribution.bytes).blake2Hex)'). Use a new version or build number."
        )
    }

    @Test("the first upload makes the project, its owner, the release and a pending transaction")
    func firstUpload() async throws {
        try await TestIndex.with { index in
            let alice = try await index.account()
            let wheel = TestDistribution.wheel("Demo.Pkg")
            let receipt = try await index.upload(wheel, by: alice)

            #expect(receipt == .recorded(transaction: receipt.transaction))
            let projects: [String] = try await index.values(
                "SELECT name || ' ' || normalized_name || ' ' || last_serial FROM project")
            #expect(projects == ["Demo.Pkg demo-pkg 0"])
            let owners: [Int] = try await index.values("SELECT account_id FROM project_owner")
            #expect(owners == [alice.accountID])
            let changes: [String] = try await index.values(
                "SELECT filename || ' ' || action FROM transaction_change")
            #expect(changes == ["\(wheel.filename) add"])
            let journal: [String] = try await index.values("SELECT action FROM journal ORDER BY id")
            #expect(journal == ["create", "new release", "add py3 file \(wheel.filename)"])
            let numbered: Int = try await index.value("SELECT count(serial) FROM journal")
            #expect(numbered == 0)
        }
    }

    @Test("a wheel's metadata lies beside it, byte for byte; an sdist's is not kept")
    func metadataSidecar() async throws {
        try await TestIndex.with { index in
            let alice = try await index.account()
            let (wheel, sdist) = (TestDistribution.wheel(), TestDistribution.sdist())
            for distribution in [wheel, sdist] {
                try await index.upload(distribution, by: alice)
                let name = try BlobName(
                    blake2Hex: ContentDigests(of: distribution.bytes).blake2Hex,
                    filename: distribution.filename)
                let blobs = index.warehouse.blobs
                #expect(try blobs.read(name, limit: 1 << 20) == distribution.bytes)
                let metadata = try blobs.read(name.metadataSidecar(), limit: 1 << 20)
                #expect(metadata == (distribution.filename == wheel.filename ? wheel.metadata : nil))
            }
            let digests: [[UInt8]?] = try await index.values("SELECT metadata_sha256 FROM file ORDER BY id")
            #expect(digests == [Digest.sha256(wheel.metadata), nil])
        }
    }

    // MARK: Who may

    @Test("an account that does not own the project is refused before and while the file is recorded")
    func strangerIsRefused() async throws {
        try await TestIndex.with { index in
            try await index.upload(.wheel("demo"), by: index.account("alice"))
            let bob = try await index.account("bob")
            let refusal = UploadRefusal(
                status: 403, message: "The user 'bob' isn't allowed to upload to project 'demo'.")
            let before = try await index.contents()

            await #expect(throws: refusal) {
                try await index.warehouse.authorizeUpload(to: ProjectName("demo"), by: bob)
            }
            let stored = try index.stored(.wheel("demo", "2.0"))
            await #expect(throws: refusal) { try await index.warehouse.record(stored, by: bob) }
            #expect(try await index.contents() == before)
        }
    }

    @Test("an admin may upload to a project of others, and does not become its owner")
    func adminMay() async throws {
        try await TestIndex.with { index in
            let alice = try await index.account("alice")
            try await index.upload(.wheel("demo"), by: alice)
            try await index.upload(.wheel("demo", "2.0"), by: index.account("root", scope: .admin))
            let owners: [Int] = try await index.values("SELECT account_id FROM project_owner")
            #expect(owners == [alice.accountID])
        }
    }

    @Test("a project that another account makes at the same moment is that account's alone")
    func projectMadeMeanwhile() async throws {
        try await TestIndex.with { index in
            let (alice, bob) = try await (index.account("alice"), index.account("bob"))
            let stored = try index.stored(.wheel("demo", "2.0"))
            let session = try await index.warehouse.database.session()
            let recording = try await session.transaction { connection in
                try connection.execute(
                    """
                    WITH made AS (
                        INSERT INTO project (name, normalized_name, ultranormalized_name)
                        VALUES ('demo', 'demo', 'dem0') RETURNING id
                    ) INSERT INTO project_owner SELECT id, \(alice.accountID) FROM made
                    """)
                let recording = Task { try await index.warehouse.record(stored, by: bob) }
                try Self.waitForBlockedBackend(connection)
                return recording
            }
            await session.close()
            await #expect(
                throws: UploadRefusal(
                    status: 403, message: "The user 'bob' isn't allowed to upload to project 'demo'.")
            ) { try await recording.value }
            let files: Int = try await index.value("SELECT count(*) FROM file")
            #expect(files == 0)
        }
    }

    /// Waits, on a connection's own thread, until another backend waits for a lock that this one holds.
    private static func waitForBlockedBackend(_ connection: Connection) throws {
        for _ in 0..<1000 {
            let blocked: Int = try connection.single(
                """
                SELECT count(*) FROM pg_locks
                WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
                """)
            if blocked > 0 { return }
            try connection.execute("SELECT pg_sleep(0.01)")
        }
        Issue.record("nobody waits for the lock")
    }

    @Test(
        "a name that could be taken for another project's is refused", arguments: ["dem0", "de.mo", "DEM-O"])
    func tooSimilar(name: String) async throws {
        try await TestIndex.with { index in
            let alice = try await index.account()
            try await index.upload(.wheel("demo"), by: alice)
            let before = try await index.contents()
            let refusal = UploadRefusal(
                status: 400,
                message: "The name '\(name)' is too similar to an existing project. Choose another name.")
            await #expect(throws: refusal) {
                try await index.warehouse.authorizeUpload(to: ProjectName(name), by: alice)
            }
            let stored = try index.stored(.wheel(name))
            await #expect(throws: refusal) { try await index.warehouse.record(stored, by: alice) }
            #expect(try await index.contents() == before)
        }
    }

    @Test("a file above the limit is refused")
    func tooLarge() async throws {
        try await TestIndex.with { index in
            let writer = try index.warehouse.blobs.makeUpload()
            defer { writer.discard() }
            try writer.append([UInt8](repeating: 0, count: TestIndex.rules.maxFileSize + 1))
            let written = try writer.finish()
            let candidate = Candidate(
                project: try ProjectName("demo"), name: try DistributionFilename("demo-1.0.tar.gz"),
                written: written)
            await #expect(
                throws: UploadRefusal(
                    status: 400, message: "File too large. Limit for project 'demo' is 1 MB.")
            ) { try await index.warehouse.admit(candidate, rules: TestIndex.rules) }
        }
    }

    // MARK: What is there already

    @Test("the same file again is there already, by the same transaction, and nothing is added")
    func sameFileAgain() async throws {
        try await TestIndex.with { index in
            let alice = try await index.account()
            let first = try await index.upload(.wheel(), by: alice)
            let before = try await index.contents()
            let again = try await index.upload(.wheel(), by: alice)
            #expect(again == .alreadyThere(transaction: first.transaction))
            #expect(try await index.contents() == before)
        }
    }

    @Test("a taken filename takes no other bytes")
    func sameNameOtherBytes() async throws {
        try await TestIndex.with { index in
            let alice = try await index.account()
            let wheel = TestDistribution.wheel()
            try await index.upload(wheel, by: alice)
            let before = try await index.contents()
            await #expect(throws: Self.exists(wheel)) {
                try await index.upload(.wheel(content: "other"), by: alice)
            }
            let stored = try index.stored(.wheel(content: "other"))
            await #expect(throws: Self.exists(wheel)) {
                try await index.warehouse.record(stored, by: alice)
            }
            #expect(try await index.contents() == before)
        }
    }

    @Test("bytes that are there take no other filename")
    func sameBytesOtherName() async throws {
        try await TestIndex.with { index in
            let alice = try await index.account()
            let wheel = TestDistribution.wheel()
            try await index.upload(wheel, by: alice)
            let renamed = wheel.renamed("demo-1.0-1-py3-none-any.whl")
            await #expect(throws: Self.exists(wheel)) { try await index.upload(renamed, by: alice) }
            let stored = try index.stored(renamed)
            await #expect(throws: Self.exists(wheel)) {
                try await index.warehouse.record(stored, by: alice)
            }
        }
    }

    @Test("a release has one sdist")
    func secondSdist() async throws {
        try await TestIndex.with { index in
            let alice = try await index.account()
            try await index.upload(.sdist("demo-pkg", spelling: "demo_pkg"), by: alice)
            let second = TestDistribution.sdist("demo-pkg", spelling: "demo-pkg")
            let refusal = UploadRefusal(
                status: 400, message: "Only one sdist may be uploaded per release.")
            await #expect(throws: refusal) { try await index.upload(second, by: alice) }
            let stored = try index.stored(second)
            await #expect(throws: refusal) { try await index.warehouse.record(stored, by: alice) }
            try await index.upload(.sdist("demo-pkg", "1.1"), by: alice)
        }
    }

    @Test("a filename that was removed never comes back, not even by an upload admitted before")
    func removedFilename() async throws {
        try await TestIndex.withPublisher { index, publisher in
            let alice = try await index.account()
            let late = try index.stored(.wheel(content: "late"))
            let wheel = TestDistribution.wheel()
            try await index.upload(wheel, by: alice)
            try await publisher.publish()
            _ = try await index.warehouse.revoke(
                wheel.filename, of: ProjectName("demo"), reason: "test", by: alice)
            try await publisher.publish()

            let refusal = UploadRefusal(
                status: 400,
                message: "This filename was previously used by a file that has since been deleted. "
                    + "Use a different version.")
            await #expect(throws: refusal) { try await index.upload(wheel, by: alice) }
            await #expect(throws: refusal) {
                try await index.upload(.wheel(content: "other"), by: alice)
            }
            await #expect(throws: refusal) { try await index.warehouse.record(late, by: alice) }
            let files: Int = try await index.value("SELECT count(*) FROM file")
            #expect(files == 0)
        }
    }

    @Test(
        "of two uploads of one filename at once one is recorded, whole, and the other hears of it",
        arguments: ["x = 1\n", "other\n"])
    func concurrentRecords(content: String) async throws {
        try await TestIndex.with { index in
            let warehouse = index.warehouse
            let alice = try await index.account()
            let both = [TestDistribution.wheel(), .wheel(content: content)]
            let stored = try both.map { try index.stored($0) }
            let outcomes = await withTaskGroup(of: Result<UploadReceipt, any Error>.self) { group in
                for distribution in stored {
                    group.addTask {
                        do { return .success(try await warehouse.record(distribution, by: alice)) } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            let receipts = outcomes.compactMap { try? $0.get() }
            let transaction = try #require(receipts.first).transaction
            #expect(receipts.contains(.recorded(transaction: transaction)))
            let kept: [UInt8] = try await index.value("SELECT blake2b_256 FROM file")
            if both[0].bytes == both[1].bytes {
                #expect(receipts.contains(.alreadyThere(transaction: transaction)))
            } else {
                let winner = try #require(
                    both.first { ContentDigests(of: $0.bytes).blake2Hex == Hex.encode(kept) })
                let refusals = outcomes.compactMap { outcome -> UploadRefusal? in
                    if case .failure(let error) = outcome { error as? UploadRefusal } else { nil }
                }
                #expect(refusals == [Self.exists(winner)])
            }
            let counts: [Int] = try await index.values(
                """
                SELECT count(*) FROM project_transaction UNION ALL SELECT count(*) FROM transaction_change
                UNION ALL SELECT count(*) FROM release UNION ALL SELECT count(*) FROM project_owner
                """)
            #expect(counts == [1, 1, 1, 1])
            let journal: [String] = try await index.values("SELECT action FROM journal ORDER BY id")
            #expect(journal == ["create", "new release", "add py3 file \(both[0].filename)"])
        }
    }
}
