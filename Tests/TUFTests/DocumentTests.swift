import CanonicalJSON
import TUF
import Testing

@Suite("Documents of python-tuf")
struct DocumentTests {
    static let vectors = Vectors.read("documents")

    /// Reads one document, checks its bytes, and who signed it under `keys`.
    func check<Payload: MetadataPayload>(_ name: String, as type: Payload.Type) throws -> Envelope<Payload> {
        let vector = Self.vectors[name]
        let envelope = try Envelope<Payload>(parsing: Array(try #require(vector["file"].string).utf8))

        #expect(Hex.encode(envelope.signedBytes) == vector["signed"].string)
        #expect(envelope.payload.json.canonicalBytes() == envelope.signedBytes, "unknown members are kept")
        #expect(envelope.signatures.map { JSONValue.string($0.keyID.hex) } == vector["keyids"].array)
        #expect(envelope.unrecognized == ["x-outer": 1])
        #expect(try Envelope<Payload>(parsing: envelope.encoded()) == envelope)
        return envelope
    }

    @Test("are read, verified and written again without loss")
    func all() throws {
        let root = try check("root", as: Root.self)
        try root.payload.requireThreshold(of: .root, on: root)
        let timestamp = try check("timestamp", as: Timestamp.self)
        try root.payload.requireThreshold(of: .timestamp, on: timestamp)
        let snapshot = try check("snapshot", as: Snapshot.self)
        try root.payload.requireThreshold(of: .snapshot, on: snapshot)
        let targets = try check("targets", as: Targets.self)
        try root.payload.requireThreshold(of: .targets, on: targets)
        let unclaimed = try check("unclaimed", as: Targets.self)

        #expect(throws: MetadataError.belowThreshold(role: .snapshot, valid: 0, threshold: 1)) {
            try root.payload.requireThreshold(of: .snapshot, on: timestamp)
        }
        #expect(root.payload.version == 3 && root.payload.consistentSnapshot == true)
        #expect(root.payload.roles[.targets]?.unrecognized == ["x-rotate": 7])
        #expect(timestamp.payload.snapshot == (try MetaFile(version: 1)))
        #expect(snapshot.payload.meta["bin-00"]?.length == 10)
        #expect(snapshot.payload.meta["bin-00"]?.unrecognized == ["x-e": true])
        let path = try TargetPath("flask/é \"1\".whl")
        #expect(targets.payload.targets[path]?.custom == ["n": 1])
        #expect(targets.payload.delegations?.roles.map(\.name) == ["claimed", "hashed"])
        #expect(targets.payload.delegations?.rolesCovering(path).names.first == "claimed")
        #expect(targets.payload.expires.description == "2036-02-29T23:59:59Z")
        #expect(unclaimed.payload.delegations?.succinct?.binCount == 256)
    }

    @Test("a document signed by us keeps its signature on the way through a file")
    func signing() throws {
        let timestamp = try Timestamp(version: 1, expires: soon, snapshot: try MetaFile(version: 1))
        let id = try key(1).id
        var signed: [UInt8] = []
        let envelope = Envelope(signing: timestamp) { bytes in
            signed = bytes
            return [Signature(keyID: id, bytes: [1, 2])]
        }
        let again = envelope.adding(Signature(keyID: id, bytes: [3]))

        #expect(signed == envelope.signedBytes && signed == timestamp.json.canonicalBytes())
        #expect(try Envelope<Timestamp>(parsing: envelope.encoded()) == envelope)
        #expect(again.signatures == [Signature(keyID: id, bytes: [3])])
        #expect(again.signedBytes == envelope.signedBytes)
    }

    @Test("a document with a PEM key is still JSON when written")
    func lineEnds() throws {
        let root = try check("root", as: Root.self)
        #expect(root.signedBytes.contains(UInt8(ascii: "\n")))
        #expect(!root.encoded().contains(UInt8(ascii: "\n")))
    }
}

@Suite("Files are checked against what is listed")
struct ListedFileTests {
    static let bytes = Array("abc".utf8)

    @Test("length and every hash must be right")
    func checks() throws {
        let sha256 = Digest.sha256Hex(Self.bytes)
        let blake = Hex.encode(Digest.hash(Self.bytes, with: .blake2b256))
        let other = Digest.sha256Hex([])

        try TargetFile(length: 3, hashes: ["sha256": sha256, "blake2b-256": blake]).verify(Self.bytes)
        try MetaFile(version: 1).verify(Self.bytes)
        try MetaFile(version: 1, describing: Self.bytes).verify(Self.bytes)
        try TargetFile(describing: Self.bytes).verify(Self.bytes)
        #expect(throws: MetadataError.wrongLength(expected: 2, found: 3)) {
            try TargetFile(length: 2, hashes: ["sha256": sha256]).verify(Self.bytes)
        }
        #expect(throws: MetadataError.wrongHash(algorithm: "sha256")) {
            try TargetFile(length: 3, hashes: ["blake2b-256": blake, "sha256": other]).verify(Self.bytes)
        }
        #expect(throws: MetadataError.unsupportedHashAlgorithm("md5")) {
            try MetaFile(version: 1, hashes: ["md5": "00", "sha256": sha256]).verify(Self.bytes)
        }
    }
}
