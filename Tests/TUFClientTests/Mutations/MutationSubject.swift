import CanonicalJSON
import ClientTestSupport
import TUF
import TUFClient

/// A good repository of every kind of document, and a client that has taken all documents before one of them.
struct MutationSubject: CustomStringConvertible, Sendable {
    enum Document: String, CaseIterable, Sendable {
        case trustedRoot, nextRoot, timestamp, snapshot, targets, delegator, bin
    }

    let document: Document
    /// The document as the repository has it.
    let original: [UInt8]
    /// The client that it is offered to.
    let client: TrustedMetadata
    private let repository: TestRepository
    /// A target that is found in the bin.
    private let path: TargetPath
    private let bin: RoleName

    var description: String { document.rawValue }

    init(_ document: Document) throws {
        var repository = TestRepository()
        try repository.delegate("claimed", seed: 20, paths: ["a*/*", "b/*"], files: ["p/f"])
        try repository.delegate("unclaimed", seed: 21, paths: ["*/*"], terminating: true)
        try repository.delegateBins(bits: 1, from: "unclaimed", seed: 22)
        guard let bins = repository.roles["unclaimed"]?.delegations?.succinct else {
            throw MetadataError.ambiguousDelegations
        }
        path = try TargetPath("p/f")
        bin = bins.role(for: path)
        repository.roles[bin]?.files = ["p/f", "p/g"]
        // Without hashes, so that the signatures have to hold.
        repository.timestampMeta = try MetaFile(version: 1)
        let trustedRoot = try repository.root()
        repository.rootVersion = 2

        self.document = document
        self.repository = repository
        var client = try TrustedMetadata(trustedRoot: trustedRoot, now: TestRepository.now)
        for earlier in Document.allCases.prefix(while: { $0 != document }) where earlier != .trustedRoot {
            _ = try Self.offer(
                try Self.bytes(of: earlier, in: repository, bin), as: earlier, bin, to: &client)
        }
        self.client = client
        original = document == .trustedRoot ? trustedRoot : try Self.bytes(of: document, in: repository, bin)
    }

    /// Offers bytes in the document's place.
    ///
    /// - Returns: what the client then trusts as this document's signed bytes.
    func offer(_ bytes: [UInt8], to client: inout TrustedMetadata) throws(MetadataError) -> [UInt8] {
        if document == .trustedRoot {
            client = try TrustedMetadata(trustedRoot: bytes, now: TestRepository.now)
            return client.root.signedBytes
        }
        return try Self.offer(bytes, as: document, bin, to: &client)
    }

    /// Signs another content as this document, with the keys whose it is.
    func signing(_ content: JSONValue) throws -> [UInt8] {
        let role: RoleName =
            switch document {
            case .trustedRoot, .nextRoot: .root
            case .timestamp: .timestamp
            case .snapshot: .snapshot
            case .targets: .targets
            case .delegator: "unclaimed"
            case .bin: bin
            }
        let signatures = try (repository.keys[role] ?? []).map { seed in
            JSONValue.object(try TestKey(seed).sign(content.canonicalBytes()).json)
        }
        return JSONValue.object(["signatures": .array(signatures), "signed": content]).jsonBytes()
    }

    /// Offers everything that comes after the document and searches for a target, whatever is refused.
    func goOn(from client: TrustedMetadata) throws {
        var client = client
        for later in Document.allCases.drop(while: { $0 != document }).dropFirst() {
            let bytes = try Self.bytes(of: later, in: repository, bin)
            _ = try? Self.offer(bytes, as: later, bin, to: &client)
        }
        var lookup = TargetLookup(path: path)
        _ = try? lookup.next(in: client)
        _ = client.startingNextUpdate(now: TestRepository.now)
    }

    private static func bytes(of document: Document, in repository: TestRepository, _ bin: RoleName) throws
        -> [UInt8]
    {
        switch document {
        case .trustedRoot, .nextRoot: try repository.root()
        case .timestamp: try repository.timestamp()
        case .snapshot: try repository.snapshot()
        case .targets: try repository.targets()
        case .delegator: try repository.targets("unclaimed")
        case .bin: try repository.targets(bin)
        }
    }

    private static func offer(
        _ bytes: [UInt8], as document: Document, _ bin: RoleName, to client: inout TrustedMetadata
    ) throws(MetadataError) -> [UInt8] {
        switch document {
        case .trustedRoot, .nextRoot:
            try client.updateRoot(bytes)
            return client.root.signedBytes
        case .timestamp:
            try client.updateTimestamp(bytes)
            return client.timestamp?.signedBytes ?? []
        case .snapshot:
            try client.updateSnapshot(bytes)
            return client.snapshot?.signedBytes ?? []
        case .targets:
            try client.updateTargets(bytes)
            return client.targets[.targets]?.signedBytes ?? []
        case .delegator:
            try client.updateDelegatedTargets(bytes, role: "unclaimed", delegator: .targets)
            return client.targets["unclaimed"]?.signedBytes ?? []
        case .bin:
            try client.updateDelegatedTargets(bytes, role: bin, delegator: "unclaimed")
            return client.targets[bin]?.signedBytes ?? []
        }
    }
}

extension TrustedMetadata {
    /// Whether every document is the same after it is written and read again.
    var survivesWriting: Bool {
        Self.survives(root) && timestamp.map(Self.survives) ?? true && snapshot.map(Self.survives) ?? true
            && targets.values.allSatisfy(Self.survives)
    }

    private static func survives<Payload: MetadataPayload>(_ envelope: Envelope<Payload>) -> Bool {
        (try? Envelope<Payload>(parsing: envelope.encoded())) == envelope
            && (try? Payload(json: envelope.payload.json)) == envelope.payload
    }
}
