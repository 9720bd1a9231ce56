import CanonicalJSON
import TUF
import Testing

@Suite("Documents that break a rule are refused (TUF §4)")
struct MalformedDocumentTests {
    static let id = String(repeating: "a", count: 64)
    static let alias = String(repeating: "b", count: 64)
    static let roleKeys: JSONValue = ["keyids": [.string(id)], "threshold": 1]
    static let keyObject: JSONValue = .object((try? key(1).json) ?? [:])

    static let common: JSONObject = [
        "version": 1, "spec_version": "1.0.31", "expires": "2030-01-01T00:00:00Z", "x-unknown": true,
    ]
    static let root = common.merging([
        "_type": "root", "keys": [id: keyObject], "consistent_snapshot": true,
        "roles": ["root": roleKeys, "timestamp": roleKeys, "snapshot": roleKeys, "targets": roleKeys],
    ])
    static let timestamp = common.merging(["_type": "timestamp", "meta": ["snapshot.json": ["version": 1]]])
    static let snapshot = common.merging(["_type": "snapshot", "meta": ["targets.json": ["version": 1]]])
    static let delegation: JSONObject = [
        "name": "a", "keyids": [.string(id)], "threshold": 1, "terminating": true, "paths": ["a/*"],
    ]
    static let targets = common.merging([
        "_type": "targets",
        "targets": ["a/b": ["length": 1, "hashes": ["sha256": .string(id)]]],
        "delegations": ["keys": [id: keyObject], "roles": [.object(delegation)]],
    ])

    @Test("what the others are changed from is allowed")
    func wellFormed() throws {
        #expect(try Root(json: Self.root).json == Self.root)
        #expect(try Timestamp(json: Self.timestamp).json == Self.timestamp)
        #expect(try Snapshot(json: Self.snapshot).json == Self.snapshot)
        #expect(try Targets(json: Self.targets).json == Self.targets)
        #expect(try Root(json: Self.root).unrecognized == ["x-unknown": true])
    }

    static let commonChanges: [(String, JSONValue?, MetadataError)] = [
        ("version", nil, .missingField("version")), ("version", "1", .wrongFieldType("version")),
        ("version", true, .wrongFieldType("version")), ("version", 0, .versionNotPositive(0)),
        ("version", -1, .versionNotPositive(-1)), ("expires", nil, .missingField("expires")),
        ("expires", 1, .wrongFieldType("expires")), ("expires", "soon", .malformedTime("soon")),
        ("spec_version", nil, .missingField("spec_version")),
        ("spec_version", 1, .wrongFieldType("spec_version")),
        ("spec_version", "2.0.0", .unsupportedSpecVersion("2.0.0")),
        ("spec_version", "1", .unsupportedSpecVersion("1")),
        ("spec_version", "1.0.0.0", .unsupportedSpecVersion("1.0.0.0")),
        ("spec_version", "1.x", .unsupportedSpecVersion("1.x")),
        ("spec_version", "1.", .unsupportedSpecVersion("1.")),
        ("spec_version", "01.0", .unsupportedSpecVersion("01.0")), ("_type", nil, .missingField("_type")),
    ]

    @Test("by every type, for the fields they share", arguments: commonChanges)
    func shared(field: String, value: JSONValue?, error: MetadataError) {
        func changed(_ json: JSONObject) -> JSONObject {
            var json = json
            json[field] = value
            return json
        }
        #expect(throws: error) { try Root(json: changed(Self.root)) }
        #expect(throws: error) { try Timestamp(json: changed(Self.timestamp)) }
        #expect(throws: error) { try Snapshot(json: changed(Self.snapshot)) }
        #expect(throws: error) { try Targets(json: changed(Self.targets)) }
    }

    @Test("for being of another type")
    func type() {
        var json = Self.snapshot
        json["_type"] = "targets"
        #expect(throws: MetadataError.wrongDocumentType(expected: "snapshot", found: "targets")) {
            try Snapshot(json: json)
        }
    }

    static let metaChanges: [(JSONValue, MetadataError)] = [
        (["version": 0], .versionNotPositive(0)), ([:], .missingField("version")),
        (1, .wrongFieldType("meta")),
        (["version": "1"], .wrongFieldType("version")), (["version": 1, "length": -1], .negativeLength(-1)),
        (["version": 1, "length": "1"], .wrongFieldType("length")),
        (["version": 1, "hashes": [:]], .noHashes),
        (["version": 1, "hashes": []], .wrongFieldType("hashes")),
        (["version": 1, "hashes": ["sha256": 1]], .wrongFieldType("hashes")),
        (["version": 1, "hashes": ["sha256": "ab"]], .malformedHash(algorithm: "sha256")),
        (
            ["version": 1, "hashes": ["sha256": .string(String(repeating: "A", count: 64))]],
            .malformedHash(algorithm: "sha256")
        ),
        (["version": 1, "hashes": ["md9": ""]], .malformedHash(algorithm: "md9")),
    ]

    @Test("for what they say of a file", arguments: metaChanges)
    func metaFiles(value: JSONValue, error: MetadataError) {
        var snapshot = Self.snapshot
        snapshot["meta"] = ["targets.json": value]
        #expect(throws: error) { try Snapshot(json: snapshot) }
        var timestamp = Self.timestamp
        timestamp["meta"] = ["snapshot.json": value]
        #expect(throws: error) { try Timestamp(json: timestamp) }
    }

    @Test(
        "a timestamp for describing anything but snapshot.json",
        arguments: [
            [:], ["targets.json": ["version": 1]],
            ["snapshot.json": ["version": 1], "x.json": ["version": 1]],
        ] as [JSONValue])
    func timestampMeta(meta: JSONValue) {
        var json = Self.timestamp
        json["meta"] = meta
        #expect(throws: MetadataError.timestampMustListSnapshotOnly) { try Timestamp(json: json) }
    }

    @Test(
        "a snapshot for names that are not those of roles",
        arguments: [
            ("targets", .malformedMetaPath("targets")), (".json", .malformedMetaPath(".json")),
            ("\u{e9}.json", .malformedRoleName("\u{e9}")), ("a\u{1}.json", .malformedRoleName("a\u{1}")),
        ] as [(String, MetadataError)])
    func snapshotNames(name: String, error: MetadataError) {
        var json = Self.snapshot
        json["meta"] = [name: ["version": 1]]
        #expect(throws: error) { try Snapshot(json: json) }
    }

    @Test("a root without one of the four roles", arguments: RoleName.topLevel)
    func missingRole(role: RoleName) throws {
        var json = Self.root
        var roles = try #require(json["roles"]?.object)
        roles[role.text] = nil
        json["roles"] = .object(roles)
        #expect(throws: MetadataError.missingRole(role)) { try Root(json: json) }
    }

    @Test("a root for its roles and keys")
    func rootRules() throws {
        func changed(_ change: (inout JSONObject) -> Void) -> JSONObject {
            var json = Self.root
            change(&json)
            return json
        }
        func role(_ value: JSONValue) -> JSONObject {
            changed { json in
                var roles = json["roles"]?.object ?? [:]
                roles["targets"] = value
                json["roles"] = .object(roles)
            }
        }
        let id = try KeyID(Self.id)
        let alias = try KeyID(Self.alias)
        #expect(throws: MetadataError.unexpectedRole("mirrors")) {
            try Root(
                json: changed { json in
                    json["roles"] = .object(
                        (json["roles"]?.object ?? [:]).merging(["mirrors": Self.roleKeys]))
                })
        }
        #expect(throws: MetadataError.thresholdNotPositive(0)) {
            try Root(json: role(["keyids": [], "threshold": 0]))
        }
        #expect(throws: MetadataError.duplicateKeyID(id)) {
            try Root(json: role(["keyids": [.string(Self.id), .string(Self.id)], "threshold": 1]))
        }
        #expect(throws: MetadataError.wrongFieldType("keyids")) {
            try Root(json: role(["keyids": [1], "threshold": 1]))
        }
        #expect(throws: MetadataError.missingField("threshold")) { try Root(json: role(["keyids": []])) }
        #expect(throws: MetadataError.malformedKeyID("x")) {
            try Root(json: changed { $0["keys"] = ["x": Self.keyObject] })
        }
        #expect(throws: MetadataError.wrongFieldType("consistent_snapshot")) {
            try Root(json: changed { $0["consistent_snapshot"] = 1 })
        }
        var aliased = role(["keyids": [.string(Self.id), .string(Self.alias)], "threshold": 2])
        aliased["keys"] = [Self.id: Self.keyObject, Self.alias: Self.keyObject]
        #expect(throws: MetadataError.duplicatePublicKey(id, alias)) { try Root(json: aliased) }
        #expect(
            try Root(json: role(["keyids": [.string(Self.alias)], "threshold": 9])).roles[.targets]?.threshold
                == 9)
    }

    static let delegationChanges: [(JSONObject, MetadataError)] = [
        (["name": .null], .wrongFieldType("name")), (["name": "root"], .reservedRoleName(.root)),
        (["name": "targets"], .reservedRoleName(.targets)),
        (["name": "\u{e9}"], .malformedRoleName("\u{e9}")),
        (["name": ""], .malformedRoleName("")), (["path_hash_prefixes": ["0"]], .ambiguousPaths("a")),
        (["paths": "a/*"], .wrongFieldType("paths")), (["paths": [1]], .wrongFieldType("paths")),
        (["terminating": 1], .wrongFieldType("terminating")), (["threshold": 0], .thresholdNotPositive(0)),
    ]

    @Test("a delegation for its fields", arguments: delegationChanges)
    func delegationFields(change: JSONObject, error: MetadataError) {
        #expect(throws: error) { try Targets(json: Self.targets(roles: [Self.delegation.merging(change)])) }
    }

    @Test("a delegation without paths, or with malformed prefixes, or made twice")
    func delegationRules() {
        let bare = Self.delegation.removing(["paths"])
        #expect(throws: MetadataError.ambiguousPaths("a")) { try Targets(json: Self.targets(roles: [bare])) }
        #expect(throws: MetadataError.missingField("terminating")) {
            try Targets(json: Self.targets(roles: [Self.delegation.removing(["terminating"])]))
        }
        for prefix in ["", "AB", "xyz", String(repeating: "a", count: 65)] {
            let role = bare.merging(["path_hash_prefixes": [.string(prefix)]])
            #expect(throws: MetadataError.malformedHashPrefix(prefix)) {
                try Targets(json: Self.targets(roles: [role]))
            }
        }
        #expect(throws: MetadataError.duplicateRole("a")) {
            try Targets(json: Self.targets(roles: [Self.delegation, Self.delegation]))
        }
    }

    @Test("delegations that are not exactly one of roles and succinct_roles")
    func ambiguousDelegations() {
        let succinct: JSONValue = ["keyids": [], "threshold": 1, "bit_length": 1, "name_prefix": "bin"]
        for delegations: JSONValue in [
            ["keys": [:]], ["keys": [:], "roles": [], "succinct_roles": succinct],
        ] {
            var json = Self.targets
            json["delegations"] = delegations
            #expect(throws: MetadataError.ambiguousDelegations) { try Targets(json: json) }
        }
        var json = Self.targets
        json["delegations"] = [
            "keys": [:],
            "succinct_roles": ["keyids": [], "threshold": 1, "bit_length": 8, "name_prefix": "b\u{ee}n"],
        ]
        #expect(throws: MetadataError.malformedRoleName("b\u{ee}n-00000000")) { try Targets(json: json) }
    }

    @Test(
        "a target for its path or its fields",
        arguments: [
            ("../a", ["length": 1, "hashes": ["x": "aa"]], .malformedTargetPath("../a")),
            ("a", ["length": -1, "hashes": ["x": "aa"]], .negativeLength(-1)),
            ("a", ["length": 1], .missingField("hashes")),
            ("a", ["hashes": ["x": "aa"]], .missingField("length")),
            ("a", ["length": 1, "hashes": [:]], .noHashes),
            ("a", [], .wrongFieldType("targets")),
        ] as [(String, JSONValue, MetadataError)])
    func targetFiles(path: String, value: JSONValue, error: MetadataError) {
        var json = Self.targets
        json["targets"] = [path: value]
        #expect(throws: error) { try Targets(json: json) }
    }

    static let envelopes: [(String, MetadataError)] = [
        ("[]", .wrongFieldType("envelope")), ("{}", .missingField("signed")),
        (#"{"signed":{}}"#, .missingField("signatures")),
        (#"{"signed":[],"signatures":[]}"#, .wrongFieldType("signed")),
        (#"{"signed":{},"signatures":{}}"#, .wrongFieldType("signatures")),
        (#"{"signed":{},"signatures":[1]}"#, .wrongFieldType("signatures")),
        (#"{"signed":{},"signatures":[{"keyid":"x","sig":""}]}"#, .malformedKeyID("x")),
        (#"{"signed":{},"signed":{}}"#, .malformedJSON(.duplicateKey("signed", offset: 0))),
    ]

    @Test("an envelope for its shape", arguments: envelopes)
    func shape(text: String, error: MetadataError) {
        #expect(throws: error) { try Envelope<Timestamp>(parsing: Array(text.utf8)) }
    }

    @Test("an envelope with two signatures of one key ID, or one that is not hexadecimal")
    func signatures() throws {
        let id = try KeyID(Self.id)
        func envelope(_ signatures: JSONValue) -> [UInt8] {
            (["signed": .object(Self.timestamp), "signatures": signatures] as JSONValue).jsonBytes()
        }
        let signature: JSONValue = ["keyid": .string(Self.id), "sig": "00"]
        #expect(throws: MetadataError.duplicateSignature(id)) {
            try Envelope<Timestamp>(parsing: envelope([signature, signature]))
        }
        #expect(throws: MetadataError.malformedSignature(id)) {
            try Envelope<Timestamp>(parsing: envelope([["keyid": .string(Self.id), "sig": "0x"]]))
        }
        #expect(
            try Envelope<Timestamp>(parsing: envelope([["keyid": .string(Self.id), "sig": ""]])).signatures[0]
                .bytes == [])
    }

    static func targets(roles: [JSONObject]) -> JSONObject {
        var json = targets
        json["delegations"] = ["keys": [:], "roles": .array(roles.map(JSONValue.object))]
        return json
    }
}
