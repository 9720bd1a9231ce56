import TUF
import TUFRepository

/// The ceremony's four documents, verified from root down as a client would (TUF §5.3, §5.6; there is no timestamp or
/// snapshot yet), and found to be what a ceremony makes.
struct VerifiedMetadata {
    let root: Envelope<Root>
    let targets: Envelope<Targets>
    let claimed: Envelope<Targets>
    let unclaimed: Envelope<Targets>

    init(
        root rootBytes: [UInt8], targets targetsBytes: [UInt8], claimed claimedBytes: [UInt8],
        unclaimed unclaimedBytes: [UInt8], manifest: BundleManifest, now: MetadataTime
    ) throws(BundleFault) {
        let root: Envelope<Root> = try Self.read(rootBytes, as: .root, now: now) {
            envelope throws(MetadataError) in
            try envelope.payload.requireThreshold(of: .root, on: envelope)
        }
        guard root.payload.consistentSnapshot == true else {
            throw .shape(file: Self.fileName(.root), .notConsistentSnapshot)
        }

        let targets: Envelope<Targets> = try Self.read(targetsBytes, as: .targets, now: now) {
            envelope throws(MetadataError) in
            try root.payload.requireThreshold(of: .targets, on: envelope)
        }
        let everyTarget = DelegatedRole.Paths.patterns([PathPattern(InitialMetadata.everyTarget)])
        guard let delegations = targets.payload.delegations, delegations.succinct == nil,
            delegations.roles.map(\.name) == [.claimed, .recentlyClaimed, .unclaimed],
            delegations.roles.allSatisfy({ !$0.terminating && $0.paths == everyTarget })
        else { throw .shape(file: Self.fileName(.targets), .wrongDelegations) }

        func readDelegated(_ bytes: [UInt8], as role: RoleName) throws(BundleFault) -> Envelope<Targets> {
            try Self.read(bytes, as: role, now: now) { envelope throws(MetadataError) in
                try delegations.requireThreshold(of: role, on: envelope, delegator: .targets)
            }
        }
        let claimed = try readDelegated(claimedBytes, as: .claimed)
        guard claimed.payload.delegations == nil else {
            throw .shape(file: Self.fileName(.claimed), .wrongDelegations)
        }
        let unclaimed = try readDelegated(unclaimedBytes, as: .unclaimed)
        guard let succinct = unclaimed.payload.delegations?.succinct,
            succinct.bitLength == manifest.binBitLength, succinct.namePrefix == manifest.binPrefix
        else { throw .shape(file: Self.fileName(.unclaimed), .wrongBins) }

        for (role, document) in [(RoleName.targets, targets), (.claimed, claimed), (.unclaimed, unclaimed)]
        where !document.payload.targets.isEmpty {
            throw .shape(file: Self.fileName(role), .hasTargets)
        }
        try Self.compare(manifest, with: root.payload, delegations, succinct)

        self.root = root
        self.targets = targets
        self.claimed = claimed
        self.unclaimed = unclaimed
    }

    /// The manifest must name the keys and thresholds that the signed metadata names.
    private static func compare(
        _ manifest: BundleManifest, with root: Root, _ delegations: Delegations, _ succinct: SuccinctRoles
    ) throws(BundleFault) {
        for role in ExpiryPolicy.Role.allCases {
            let signed =
                switch role {
                case .root: root.roles[.root]
                case .targets: root.roles[.targets]
                case .timestamp: root.roles[.timestamp]
                case .snapshot: root.roles[.snapshot]
                case .claimed: delegations.roleKeys(of: .claimed)
                case .recentlyClaimed: delegations.roleKeys(of: .recentlyClaimed)
                case .unclaimed: delegations.roleKeys(of: .unclaimed)
                case .bins: succinct.keys
                }
            guard let signed, let stated = manifest.roles[role], stated.keyIDs == signed.keyIDs,
                stated.threshold == signed.threshold
            else { throw .roleKeys(role.rawValue) }
        }
    }

    /// Reads one document and lets `verify` check who signed it.
    private static func read<Payload: MetadataPayload>(
        _ bytes: [UInt8], as role: RoleName, now: MetadataTime,
        verify: (Envelope<Payload>) throws(MetadataError) -> Void
    ) throws(BundleFault) -> Envelope<Payload> {
        let envelope: Envelope<Payload>
        do throws(MetadataError) {
            envelope = try Envelope(parsing: bytes)
            try verify(envelope)
            if envelope.payload.isExpired(at: now) {
                throw .expired(role: role, at: envelope.payload.expires)
            }
        } catch {
            throw .metadata(file: fileName(role), error)
        }
        guard envelope.payload.version == 1 else { throw .shape(file: fileName(role), .notVersionOne) }
        return envelope
    }

    private static func fileName(_ role: RoleName) -> String { "1.\(role.text).json" }
}
