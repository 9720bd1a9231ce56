package import Foundation
package import HTTPClient
import Synchronization
package import TUF

/// The client workflow against a repository (TUF §5): fetches what it lacks, trusts what verifies, keeps that.
///
/// Any number of threads may look targets up at once: each lookup sees one snapshot, nothing is fetched twice, and
/// roles are verified side by side. Every call blocks.
package final class Updater: Sendable {
    /// Where a repository is.
    package struct Repository: Hashable, Sendable {
        package let metadata: URL
        package let targets: URL

        package init(metadata: URL, targets: URL) {
            self.metadata = metadata
            self.targets = targets
        }
    }

    /// A target, and the roles on whose word it is what it is.
    package struct Found: Hashable, Sendable {
        package let path: TargetPath
        package let file: TargetFile
        /// From `.targets` to the role that lists it.
        package let chain: [RoleName]

        package var role: RoleName { chain.last ?? .targets }
    }

    private struct State {
        var trusted: TrustedMetadata
        /// Counts snapshots: a lookup that began under another starts over.
        var generation = 0
        /// The root and the timestamp that `trusted` comes from, as the store had them; empty where it has to be asked.
        var stored: [[UInt8]?] = []
        /// What the server's clock said last; nobody vouches for it.
        var serverClock: MetadataTime?
    }

    private let state: Mutex<State>
    private let loading = SingleFlight<RoleName>()
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
    /// How often a lookup starts over because a new snapshot came meanwhile.
    private static let maxAttempts = 16

    /// Starts from what is stored or, the first time, from a root that came by a way that is trusted.
    ///
    /// - Parameter root: bytes of a root's metadata; used where the store has none.
    /// - Throws: ``FolderError``; `MetadataError` for a root that is no root.
    package init(
        trustedRoot root: [UInt8], repository: Repository, store: TrustStore, client: HTTPClient
    ) throws {
        self.repository = repository
        self.store = store
        self.client = client
        initialRoot = root
        state = Mutex(try Self.load(from: store, otherwise: root))
    }

    /// What is trusted now.
    package var trusted: TrustedMetadata { state.withLock { $0.trusted } }

    /// What the server said the time was when it was last asked; nobody vouches for it.
    package var serverClock: MetadataTime? { state.withLock { $0.serverClock } }

    /// What was verified in an earlier update guards against rollback, however long ago that was.
    private static func load(from store: TrustStore, otherwise root: [UInt8]) throws -> State {
        let stored = [try store.bytes(of: .root), try store.bytes(of: .timestamp)]
        var trusted = try TrustedMetadata(trustedRoot: stored[0] ?? root, now: .earliest)
        if let timestamp = stored[1] { _ = try? trusted.updateTimestamp(timestamp, isTrustedLocal: true) }
        if let snapshot = try store.bytes(of: .snapshot) {
            try? trusted.updateSnapshot(snapshot, isTrustedLocal: true)
        }
        return State(trusted: trusted, stored: stored)
    }

    /// Brings the four top-level roles up to date (§5.3–§5.6).
    ///
    /// - Parameter now: the start of the update, which every expiry is compared with.
    /// - Throws: `MetadataError` for what does not verify, `HTTPClientError`, ``FolderError``,
    ///   ``UpdaterError``. What was trusted before still is, also the part of the update that verified.
    package func refresh(now: MetadataTime) throws {
        try store.alone {
            var next = state.withLock { $0 }
            if [try store.bytes(of: .root), try store.bytes(of: .timestamp)] != next.stored {
                // Another process has been here, or an update that went half the way.
                let reloaded = try Self.load(from: store, otherwise: initialRoot)
                (next.trusted, next.stored) = (reloaded.trusted, reloaded.stored)
            }
            next.trusted = next.trusted.startingNextUpdate(now: now)
            do {
                try update(&next)
            } catch {
                state.withLock { ($0.stored, $0.serverClock) = ([], next.serverClock) }
                throw error
            }
            state.withLock { state in
                // Lookups have gone on meanwhile, and go on from here if what they rely on still holds.
                let isSame = next.trusted.adoptTargets(of: state.trusted)
                if !isSame { next.generation += 1 }
                state = next
            }
        }
        let (trusted, generation) = state.withLock { ($0.trusted, $0.generation) }
        let file = try trusted.expectedFile(of: .targets, delegatedBy: .root)
        try load(.targets, delegatedBy: .root, file, generation)
    }

    private func update(_ state: inout State) throws {
        for _ in 0..<Self.maxRootRotations {
            let (version, overflow) = state.trusted.root.payload.version.addingReportingOverflow(1)
            guard !overflow,
                let bytes = try client.fetch(metadata("\(version).root.json"), atMost: Self.maxRootBytes)
            else { break }
            try state.trusted.updateRoot(bytes)
            try store.store(bytes, as: .root)
            state.stored = [bytes, state.stored.last ?? nil]
        }
        let address = metadata("timestamp.json")
        let answer = try client.get(address, atMost: Self.maxTimestampBytes)
        state.serverClock = answer.date.map { MetadataTime(secondsSinceEpoch: $0) }
        guard answer.isThere else { throw UpdaterError.missing(address: address.absoluteString) }
        if case .updated = try state.trusted.updateTimestamp(answer.body) {
            try store.store(answer.body, as: .timestamp)
            state.stored = [state.stored.first ?? nil, answer.body]
        }
        guard !state.trusted.isSnapshotCurrent else { return }
        let expected = try state.trusted.expectedSnapshot()
        let bytes = try required(
            .snapshot, version: expected.version, atMost: limit(expected, otherwise: Self.maxSnapshotBytes))
        try state.trusted.updateSnapshot(bytes)
        try store.store(bytes, as: .snapshot)
    }

    /// Looks a target up (§5.6), after ``refresh(now:)``.
    ///
    /// - Returns: nil where no role that may lists it.
    /// - Throws: as ``refresh(now:)``.
    package func find(_ path: TargetPath) throws -> Found? {
        for _ in 0..<Self.maxAttempts {
            let generation = state.withLock { $0.generation }
            var lookup = TargetLookup(path: path)
            while let trusted = state.withLock({ $0.generation == generation ? $0.trusted : nil }) {
                switch try lookup.next(in: trusted) {
                case .needs(let role, let delegator, let file):
                    try load(role, delegatedBy: delegator, file, generation)
                case .found(let file, let chain): return Found(path: path, file: file, chain: chain)
                case .notFound: return nil
                }
            }
        }
        throw UpdaterError.unsettled
    }

    /// Downloads a target and checks it (§5.7).
    ///
    /// - Parameter maxBytes: of what is taken into memory.
    /// - Throws: `MetadataError` `.wrongLength`, `.wrongHash`; as ``refresh(now:)``.
    package func download(_ target: Found, atMost maxBytes: Int = maxTargetsBytes) throws -> [UInt8] {
        let address = address(of: target)
        guard let bytes = try client.fetch(address, atMost: min(target.file.length, maxBytes)) else {
            throw UpdaterError.missing(address: address.absoluteString)
        }
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

    /// Makes sure that a role is trusted on a delegator's word, as long as the generation lasts.
    private func load(
        _ role: RoleName, delegatedBy delegator: RoleName, _ file: MetaFile, _ generation: Int
    ) throws {
        try loading.alone(role) {
            let current = state.withLock { $0.generation == generation ? $0.trusted : nil }
            guard let trusted = current, !trusted.trusts(role, delegatedBy: delegator) else { return }
            let verified: VerifiedTargets
            if let stored = try store.bytes(of: role),
                let kept = try? trusted.verifying(stored, role: role, delegator: delegator)
            {
                verified = kept
            } else {
                let bytes = try required(
                    role, version: file.version, atMost: limit(file, otherwise: Self.maxTargetsBytes))
                verified = try trusted.verifying(bytes, role: role, delegator: delegator)
                try store.store(bytes, as: role)
            }
            try state.withLock { state in
                if state.generation == generation { try state.trusted.accept(verified) }
            }
        }
    }

    private func limit(_ file: MetaFile, otherwise limit: Int) -> Int {
        file.length.map { min($0, Self.maxStatedBytes) } ?? limit
    }

    private func required(_ role: RoleName, version: Int, atMost maxBytes: Int) throws -> [UInt8] {
        let isVersioned = trusted.root.payload.consistentSnapshot == true
        let address = metadata(isVersioned ? "\(version).\(role.fileStem).json" : "\(role.fileStem).json")
        guard let bytes = try client.fetch(address, atMost: maxBytes) else {
            throw UpdaterError.missing(address: address.absoluteString)
        }
        return bytes
    }

    /// - Parameter name: percent-encoded.
    private func metadata(_ name: String) -> URL {
        let base = repository.metadata.absoluteString
        return URL(string: base.hasSuffix("/") ? base + name : "\(base)/\(name)") ?? repository.metadata
    }
}

package enum UpdaterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file that the repository must have.
    case missing(address: String)
    /// New snapshots came faster than a target could be looked up.
    case unsettled

    package var description: String {
        switch self {
        case .missing(let address): "\(address) is missing"
        case .unsettled: "the index changes faster than it can be followed: try again"
        }
    }
}
