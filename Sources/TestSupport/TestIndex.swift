import Blobs
import Foundation
import Packaging
import Postgres
package import TUF
package import Warehouse

/// An index of a test's own: a database, a blob store in a temporary directory, and the keys of a small ceremony.
package struct TestIndex: Sendable {
    package let warehouse: Warehouse
    package let ceremony: TestCeremony
    /// Where further processes of the same index connect.
    package let database: TemporaryDatabase

    /// Makes an index, runs a test on it, removes everything.
    ///
    /// - Parameter start: when the ceremony was held.
    @discardableResult
    package static func with<Value: Sendable>(
        startingAt start: MetadataTime = .now, binBitLength: Int = 2,
        _ body: (TestIndex) async throws -> Value
    ) async throws -> Value {
        let temporary = try await TemporaryDatabase.make()
        let database = temporary.connect(poolSize: 6)
        let directory = FileManager.default.temporaryDirectory.path + "/bonded-index-\(UUID().uuidString)"
        let outcome: Result<Value, any Error>
        do {
            let warehouse = Warehouse(
                database: database, blobs: try BlobStore(directory: directory), logger: TestServer.logger)
            let ceremony = try TestCeremony(at: start, binBitLength: binBitLength)
            try await warehouse.found(ceremony.roles, lifetimes: ceremony.lifetimes)
            outcome = .success(
                try await body(TestIndex(warehouse: warehouse, ceremony: ceremony, database: temporary)))
        } catch {
            outcome = .failure(error)
        }
        await database.close()
        try await temporary.drop()
        try? FileManager.default.removeItem(atPath: directory)
        return try outcome.get()
    }

    /// Takes a distribution through the steps of an upload, up to the pending transaction.
    @discardableResult
    package func upload(
        _ distribution: TestDistribution, by identity: Identity
    ) async throws -> UploadReceipt {
        let writer = try warehouse.blobs.makeUpload()
        defer { writer.discard() }
        let candidate = try candidate(distribution, in: writer)
        try await warehouse.authorizeUpload(to: candidate.project, by: identity)
        if let receipt = try await warehouse.admit(candidate, rules: Self.rules) { return receipt }
        return try await warehouse.record(store(candidate, in: writer), by: identity)
    }

    /// Stores a distribution that nothing was asked about: the state of an upload just before it is recorded.
    package func stored(_ distribution: TestDistribution) throws -> StoredDistribution {
        let writer = try warehouse.blobs.makeUpload()
        defer { writer.discard() }
        return try store(candidate(distribution, in: writer), in: writer)
    }

    package static let rules = UploadRules(maxFileSize: 1 << 20, policy: UploadPolicy())

    private func candidate(_ distribution: TestDistribution, in writer: BlobWriter) throws -> Candidate {
        let name = try DistributionFilename(distribution.filename)
        try writer.append(distribution.bytes)
        let project = try CoreMetadata(parsing: distribution.metadata).name
        return Candidate(project: project, name: name, written: try writer.finish())
    }

    private func store(_ candidate: Candidate, in writer: BlobWriter) throws -> StoredDistribution {
        let inspected = try DistributionInspector().inspect(
            descriptor: writer.descriptor, filename: candidate.name)
        return try warehouse.store(candidate, in: writer, inspected: inspected)
    }
}

extension MetadataTime {
    /// The system clock's time.
    package static var now: MetadataTime {
        MetadataTime(secondsSinceEpoch: Int(Date().timeIntervalSince1970))
    }
}
