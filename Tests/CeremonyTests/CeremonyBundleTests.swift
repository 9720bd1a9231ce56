import CanonicalJSON
import Foundation
import Signing
import TUF
import TUFRepository
import Testing

@testable import Ceremony

@Suite("Ceremony bundle")
struct CeremonyBundleTests {
    let ceremony: TestCeremony
    let bundle: CeremonyBundle

    init() throws {
        ceremony = try TestCeremony()
        bundle = try ceremony.hold()
    }

    private func expectRefusal(_ fault: BundleFault, now: MetadataTime = TestCeremony.now) {
        #expect(throws: CeremonyError.bundle(path: ceremony.directory, fault: fault)) {
            try CeremonyBundle(reading: ceremony.directory, now: now)
        }
    }

    private func sign<Payload: MetadataPayload>(_ payload: Payload, by holders: [String]) throws -> [UInt8] {
        let keys = try holders.map { try ceremony.key(of: $0) }
        return try Envelope(signing: payload) { message in try keys.map { try $0.sign(message) } }.encoded()
    }

    @Test(
        "a metadata file that was altered is refused",
        arguments: ["1.root.json", "1.targets.json", "1.claimed.json", "1.unclaimed.json"])
    func altered(name: String) throws {
        var bytes = try ceremony.bytes("metadata/\(name)")
        bytes[bytes.count / 2] ^= 1
        try ceremony.write("metadata/\(name)", bytes)

        expectRefusal(.wrongHash(file: name))
    }

    @Test("metadata expires when its time has come, not a second before")
    func expiry() throws {
        let expires = bundle.root.payload.expires
        _ = try CeremonyBundle(reading: ceremony.directory, now: expires.advanced(bySeconds: -1))

        expectRefusal(.metadata(file: "1.root.json", .expired(role: .root, at: expires)), now: expires)
    }

    @Test("fewer signatures than the threshold are refused, whoever wrote the manifest")
    func threshold() throws {
        try ceremony.replace("1.root.json", with: sign(bundle.root.payload, by: ["alice"]))
        expectRefusal(
            .metadata(file: "1.root.json", .belowThreshold(role: .root, valid: 1, threshold: 2)))
    }

    @Test("signatures by keys of another role are refused")
    func otherKeys() throws {
        try ceremony.replace("1.targets.json", with: sign(bundle.targets.payload, by: ["carol", "dave"]))
        expectRefusal(
            .metadata(file: "1.targets.json", .belowThreshold(role: .targets, valid: 0, threshold: 2)))
    }

    @Test("delegated roles are verified with the keys that targets names for them")
    func delegated() throws {
        try ceremony.replace("1.claimed.json", with: sign(bundle.claimed.payload, by: ["alice", "carol"]))
        expectRefusal(
            .metadata(file: "1.claimed.json", .belowThreshold(role: .claimed, valid: 0, threshold: 1)))
    }

    @Test("a second version is refused, however well signed")
    func version() throws {
        let payload = try Targets(
            version: 2, expires: bundle.targets.payload.expires,
            delegations: bundle.targets.payload.delegations)
        try ceremony.replace("1.targets.json", with: sign(payload, by: ["alice", "bob"]))

        expectRefusal(.shape(file: "1.targets.json", .notVersionOne))
    }

    @Test("targets of its own are refused in a role that only delegates")
    func ownTargets() throws {
        let file = try TargetFile(length: 1, hashes: ["sha256": String(repeating: "0", count: 64)])
        let payload = try Targets(
            version: 1, expires: bundle.claimed.payload.expires, targets: [TargetPath("flask/x"): file])
        try ceremony.replace("1.claimed.json", with: sign(payload, by: ["bob"]))

        expectRefusal(.shape(file: "1.claimed.json", .hasTargets))
    }

    @Test("root without consistent snapshots is refused")
    func consistentSnapshot() throws {
        let root = bundle.root.payload
        for stated in [false, nil] {
            let payload = try Root(
                version: 1, expires: root.expires, keys: root.keys, roles: root.roles,
                consistentSnapshot: stated)
            try ceremony.replace("1.root.json", with: sign(payload, by: ["alice", "bob"]))
            expectRefusal(.shape(file: "1.root.json", .notConsistentSnapshot))
        }
    }

    enum Delegating: CaseIterable { case reordered, terminating, narrower, fewer, none }

    @Test("other delegations than a ceremony's are refused", arguments: Delegating.allCases)
    func delegations(change: Delegating) throws {
        let delegations = try #require(bundle.targets.payload.delegations)
        var roles = delegations.roles
        let first = roles[0]
        switch change {
        case .reordered: roles.swapAt(0, 1)
        case .terminating:
            roles[0] = try DelegatedRole(
                name: first.name, keys: first.keys, terminating: true, paths: first.paths)
        case .narrower:
            roles[0] = try DelegatedRole(
                name: first.name, keys: first.keys, terminating: false,
                paths: .patterns([PathPattern("a*/*")]))
        case .fewer: roles.removeLast()
        case .none: roles = []
        }
        let payload = try Targets(
            version: 1, expires: bundle.targets.payload.expires,
            delegations: Delegations(keys: delegations.keys, roles: roles))
        try ceremony.replace("1.targets.json", with: sign(payload, by: ["alice", "bob"]))

        expectRefusal(.shape(file: "1.targets.json", .wrongDelegations))
    }

    @Test("other bins than the manifest's are refused")
    func bins() throws {
        let delegations = try #require(bundle.unclaimed.payload.delegations)
        let succinct = try #require(delegations.succinct)
        let payload = try Targets(
            version: 1, expires: bundle.unclaimed.payload.expires,
            delegations: Delegations(
                keys: delegations.keys,
                succinct: SuccinctRoles(keys: succinct.keys, bitLength: 5, namePrefix: succinct.namePrefix)))
        try ceremony.replace("1.unclaimed.json", with: sign(payload, by: ["carol", "dave"]))

        expectRefusal(.shape(file: "1.unclaimed.json", .wrongBins))
    }

    @Test("an online key that is not the metadata's is refused", arguments: OnlineRole.allCases)
    func onlineKey(role: OnlineRole) throws {
        let file = try KeyFile(
            sealing: SecretKey(), label: role.rawValue, passphrase: TestCeremony.onlinePassphrase(),
            cost: .development)
        try ceremony.write("online-keys/\(role.fileName)", file.encoded())

        expectRefusal(.onlineKey(role))
    }

    @Test(
        "a manifest with another threshold than the metadata's is refused",
        arguments: ExpiryPolicy.Role.allCases)
    func manifestThreshold(role: ExpiryPolicy.Role) throws {
        try alterManifest { manifest in
            var roles = try #require(manifest["roles"]?.object)
            var keys = try #require(roles[role.rawValue]?.object)
            keys["threshold"] = 7
            roles[role.rawValue] = .object(keys)
            manifest["roles"] = .object(roles)
        }
        expectRefusal(.roleKeys(role.rawValue))
    }

    @Test(
        "a manifest without a field, or with an unusable one, is refused by the field's name",
        arguments: [
            "bins", "created", "expires_after_days", "format", "holders", "metadata", "roles", "version",
        ], [nil, 7, "text", ["text": 7]] as [JSONValue?])
    func manifestField(name: String, value: JSONValue?) throws {
        try alterManifest { $0[name] = value }

        let expected: BundleFault =
            switch (name, value) {
            case ("version", 7): .unsupportedVersion(7)
            case ("bins", .some(.object)): .manifest(field: "text")
            default: .manifest(field: name)
            }
        expectRefusal(expected)
    }

    @Test(
        "an expiry that the policy does not allow is refused",
        arguments: [("timestamp", 0), ("timestamp", 8), ("bins", -1), ("mirrors", 1)])
    func manifestExpiry(role: String, days: Int) throws {
        try alterManifest { manifest in
            var policy = try #require(manifest["expires_after_days"]?.object)
            policy[role] = .integer(days)
            manifest["expires_after_days"] = .object(policy)
        }
        expectRefusal(.manifest(field: "expires_after_days"))
    }

    @Test("a field that is not known is refused")
    func unknownField() throws {
        try alterManifest { $0["mirrors"] = [] }
        expectRefusal(.manifest(field: "mirrors"))
    }

    @Test(
        "a missing file is refused by its path",
        arguments: ["bundle.json", "metadata/1.root.json", "online-keys/bins.key"])
    func missing(name: String) throws {
        let path = "\(ceremony.directory)/\(name)"
        try FileManager.default.removeItem(atPath: path)

        #expect(throws: CeremonyError.signing(.file(path: path, operation: .open, errno: ENOENT))) {
            try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now)
        }
    }

    private func alterManifest(_ change: (inout JSONObject) throws -> Void) throws {
        var manifest = try #require(try JSONValue(parsing: ceremony.bytes("bundle.json")).object)
        try change(&manifest)
        try ceremony.write("bundle.json", JSONValue.object(manifest).canonicalBytes())
    }
}
