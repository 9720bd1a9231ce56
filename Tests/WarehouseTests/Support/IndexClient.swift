import TUF
import TUFClient
import TestSupport
import Testing

@testable import Warehouse

/// A TUF client that asks the warehouse for what the web face would serve it, and verifies everything.
struct IndexClient {
    let index: TestIndex
    private(set) var trusted: TrustedMetadata

    init(_ index: TestIndex, at now: MetadataTime = Publisher.start) throws {
        self.index = index
        trusted = try TrustedMetadata(trustedRoot: index.ceremony.root, now: now)
    }

    /// Does what a client does that has seen what this one saw before.
    mutating func update(at now: MetadataTime = Publisher.start) async throws {
        trusted = trusted.startingNextUpdate(now: now)
        let timestamp = try #require(await index.warehouse.currentMetadata(role: "timestamp"))
        try trusted.updateTimestamp(timestamp.bytes)
        guard !trusted.isSnapshotCurrent else { return }
        let version = try #require(trusted.timestamp?.payload.snapshot.version)
        try trusted.updateSnapshot(try await metadata("snapshot", version))
    }

    /// Finds a target through the delegations.
    mutating func find(_ path: String) async throws -> TargetFile? {
        var lookup = TargetLookup(path: try TargetPath(path))
        while true {
            switch try lookup.next(in: trusted) {
            case .needs(let role, let delegator, let file):
                let bytes = try await metadata(role.text, file.version)
                try trusted.updateDelegatedTargets(bytes, role: role, delegator: delegator)
            case .found(let file, _): return file
            case .notFound: return nil
            }
        }
    }

    private func metadata(_ role: String, _ version: Int) async throws -> [UInt8] {
        try #require(await index.warehouse.metadata(role: role, version: version)).bytes
    }
}
