package import Foundation
package import HTTPClient
package import TUF

/// The client workflow against a repository (TUF §5): fetches what it lacks, trusts what verifies, keeps that.
package struct Updater {
    /// Where a repository is.
    package struct Repository: Hashable, Sendable {
        package let metadata: URL
        package let targets: URL

        package init(metadata: URL, targets: URL) {
            self.metadata = metadata
            self.targets = targets
        }
    }

    /// A target, and the role on whose word it is what it is.
    package struct Found: Hashable, Sendable {
        package let path: TargetPath
        package let file: TargetFile
        package let role: RoleName
    }

    package private(set) var trusted: TrustedMetadata
    private let repository: Repository
    private let store: TrustStore
    private let client: HTTPClient
    private let initialRoot: [UInt8]

    /// Bytes; as python-tuf's defaults.
    private static let maxRootBytes = 512_000
    private static let maxTimestampBytes = 16_384
    private static let maxSnapshotBytes = 2_000_000
    private static let maxTargetsBytes = 5_000_000
    /// Our own limit for what timestamp or snapshot state themselves.
    private static let maxStatedBytes = 64 << 20
    private static let maxRootRotations = 256

    /// Starts from what is stored or, the first time, from a root that came by a way that is trusted.
    ///
    /// - Parameter root: bytes of a root's metadata; used where the store has none.
    /// - Throws: ``TrustStoreError``; `MetadataError` for a root that is no root.
    package init(
        trustedRoot root: [UInt8], repository: Repository, store: TrustStore, client: HTTPClient
    ) throws {
        self.repository = repository
        self.store = store
        self.client = client
        trusted = try Self.stored(in: store, otherwise: root)
        initialRoot = root
    }

    /// What was verified in an earlier update guards against rollback, however long ago that was.
    private static func stored(in store: TrustStore, otherwise root: [UInt8]) throws -> TrustedMetadata {
        var trusted = try TrustedMetadata(trustedRoot: store.bytes(of: .root) ?? root, now: .earliest)
        if let timestamp = try store.bytes(of: .timestamp) {
            _ = try? trusted.updateTimestamp(timestamp, isTrustedLocal: true)
        }
        if let snapshot = try store.bytes(of: .snapshot) {
            try? trusted.updateSnapshot(snapshot, isTrustedLocal: true)
        }
        return trusted
    }

    /// Brings root, timestamp and snapshot up to date (§5.3–§5.5).
    ///
    /// - Parameter now: the start of the update, which every expiry is compared with.
    /// - Throws: `MetadataError` for what does not verify, `HTTPClientError`, ``TrustStoreError``,
    ///   ``UpdaterError``.
    package mutating func refresh(now: MetadataTime) async throws {
        try store.lock()
        defer { store.unlock() }
        trusted = try Self.stored(in: store, otherwise: initialRoot).startingNextUpdate(now: now)
        for _ in 0..<Self.maxRootRotations {
            let (version, overflow) = trusted.root.payload.version.addingReportingOverflow(1)
            guard !overflow,
                let bytes = try await client.fetch(
                    metadata("\(version).root.json"), atMost: Self.maxRootBytes)
            else { break }
            try trusted.updateRoot(bytes)
            try store.store(bytes, as: .root)
        }
        let timestamp = try await required("timestamp.json", atMost: Self.maxTimestampBytes)
        if case .updated = try trusted.updateTimestamp(timestamp) {
            try store.store(timestamp, as: .timestamp)
        }
        guard !trusted.isSnapshotCurrent else { return }
        let expected = try trusted.expectedSnapshot()
        let snapshot = try await required(
            name(of: .snapshot, version: expected.version),
            atMost: limit(expected, otherwise: Self.maxSnapshotBytes))
        try trusted.updateSnapshot(snapshot)
        try store.store(snapshot, as: .snapshot)
    }

    /// Looks a target up (§5.6), after ``refresh(now:)``.
    ///
    /// - Returns: nil where no role that may lists it.
    /// - Throws: as ``refresh(now:)``.
    package mutating func find(_ path: TargetPath) async throws -> Found? {
        var lookup = TargetLookup(path: path)
        while true {
            switch try lookup.next(in: trusted) {
            case .needs(let role, let delegator, let file):
                try await load(role, delegatedBy: delegator, file)
            case .found(let file, let role): return Found(path: path, file: file, role: role)
            case .notFound: return nil
            }
        }
    }

    /// Downloads a target and checks it (§5.7).
    ///
    /// - Parameter maxBytes: of what is taken into memory.
    /// - Throws: `MetadataError` `.wrongLength`, `.wrongHash`; as ``refresh(now:)``.
    package func download(_ target: Found, atMost maxBytes: Int = maxTargetsBytes) async throws -> [UInt8] {
        let address = address(of: target)
        let bytes = try await client.fetch(address, atMost: min(target.file.length, maxBytes))
        guard let bytes else { throw UpdaterError.missing(address: address.absoluteString) }
        try target.file.verify(bytes)
        return bytes
    }

    /// Where a target's bytes are.
    package func address(of target: Found) -> URL {
        var segments = target.path.text.split(separator: "/").map(String.init)
        if trusted.root.payload.consistentSnapshot == true, let name = segments.popLast() {
            let hash = target.file.hashes["sha256"] ?? target.file.hashes.sorted { $0.key < $1.key }[0].value
            segments.append("\(hash).\(name)")
        }
        return segments.reduce(repository.targets) { $0.appendingPathComponent($1, isDirectory: false) }
    }

    private mutating func load(_ role: RoleName, delegatedBy delegator: RoleName, _ file: MetaFile)
        async throws
    {
        if let stored = try store.bytes(of: role),
            (try? trusted.updateDelegatedTargets(stored, role: role, delegator: delegator)) != nil
        {
            return
        }
        let bytes = try await required(
            name(of: role, version: file.version), atMost: limit(file, otherwise: Self.maxTargetsBytes))
        try trusted.updateDelegatedTargets(bytes, role: role, delegator: delegator)
        try store.store(bytes, as: role)
    }

    private func limit(_ file: MetaFile, otherwise limit: Int) -> Int {
        file.length.map { min($0, Self.maxStatedBytes) } ?? limit
    }

    private func name(of role: RoleName, version: Int) -> String {
        trusted.root.payload.consistentSnapshot == true ? "\(version).\(role.text).json" : "\(role.text).json"
    }

    private func required(_ name: String, atMost maxBytes: Int) async throws -> [UInt8] {
        let address = metadata(name)
        guard let bytes = try await client.fetch(address, atMost: maxBytes) else {
            throw UpdaterError.missing(address: address.absoluteString)
        }
        return bytes
    }

    private func metadata(_ name: String) -> URL {
        repository.metadata.appendingPathComponent(name, isDirectory: false)
    }
}

package enum UpdaterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file that the repository must have.
    case missing(address: String)

    package var description: String {
        switch self {
        case .missing(let address): "\(address) is missing"
        }
    }
}
