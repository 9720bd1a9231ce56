import Signing
import TUF
import TUFRepository

/// Everything that the first metadata follows from: whoever makes it from the same facts makes the same bytes.
struct CeremonyFacts: Sendable {
    let contributions: Contributions
    let onlineKeys: [OnlineRole: PublicKey]
    /// The ceremony's time; expiries count from it.
    let created: MetadataTime

    var plan: CeremonyPlan { contributions.plan }

    /// - Throws: `.unusableOnlineKey`, `.sharedKey`.
    init(
        _ contributions: Contributions, onlineKeys: [OnlineRole: PublicKey], created: MetadataTime
    ) throws(DraftFault) {
        var owners: [KeyID: String] = [:]
        for contribution in contributions.all { owners[contribution.publicKey.id] = contribution.holder.text }
        for role in OnlineRole.allCases {
            guard let key = onlineKeys[role], key.isPlainEd25519 else { throw .unusableOnlineKey(role) }
            if let other = owners.updateValue(role.rawValue, forKey: key.id) {
                throw .sharedKey(other, role.rawValue)
            }
        }
        self.contributions = contributions
        self.onlineKeys = onlineKeys
        self.created = created
    }

    /// The metadata, unsigned, and whose signatures each needs.
    func roles() throws(MetadataError) -> [RoleName: UnsignedRole] {
        let metadata = try InitialMetadata(authorities, now: created)
        func unsigned(
            _ document: UnsignedRole.Document, _ role: RoleName, _ authority: InitialMetadataPlan.Authority
        ) throws(MetadataError) -> UnsignedRole {
            UnsignedRole(
                document: document,
                authorities: [
                    RoleAuthority(
                        name: "the keys of \(role.text)", keys: try authority.roleKeys(),
                        publicKeys: Dictionary(
                            authority.keys.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
                ])
        }
        let authorities = authorities
        return [
            .root: try unsigned(.root(Envelope(unsigned: metadata.root)), .root, authorities.root),
            .targets: try unsigned(
                .targets(Envelope(unsigned: metadata.targets)), .targets, authorities.targets),
            .claimed: try unsigned(
                .targets(Envelope(unsigned: metadata.claimed)), .claimed, authorities.claimed),
            .unclaimed: try unsigned(
                .targets(Envelope(unsigned: metadata.unclaimed)), .unclaimed, authorities.unclaimed),
        ]
    }

    /// - Parameter metadata: file name in `metadata/` → sha256.
    func manifest(metadata: [String: String]) throws(MetadataError) -> BundleManifest {
        let authorities = authorities
        return BundleManifest(
            created: created, binBitLength: authorities.binBitLength, binPrefix: authorities.binPrefix,
            expiry: plan.expiry,
            roles: [
                .root: try authorities.root.roleKeys(), .targets: try authorities.targets.roleKeys(),
                .claimed: try authorities.claimed.roleKeys(),
                .unclaimed: try authorities.unclaimed.roleKeys(),
                .timestamp: try authorities.timestamp.roleKeys(),
                .snapshot: try authorities.snapshot.roleKeys(),
                .recentlyClaimed: try authorities.recentlyClaimed.roleKeys(),
                .bins: try authorities.bins.roleKeys(),
            ],
            holders: Dictionary(
                uniqueKeysWithValues: contributions.all.map { ($0.holder.text, $0.publicKey.id) }),
            metadata: metadata)
    }

    private var authorities: InitialMetadataPlan {
        func offline(_ named: Holders) -> InitialMetadataPlan.Authority {
            InitialMetadataPlan.Authority(
                keys: named.names.compactMap { contributions[$0]?.publicKey }, threshold: named.threshold)
        }
        func online(_ role: OnlineRole) -> InitialMetadataPlan.Authority {
            InitialMetadataPlan.Authority(keys: onlineKeys[role].map { [$0] } ?? [], threshold: 1)
        }
        return InitialMetadataPlan(
            root: offline(plan.root), targets: offline(plan.targets), claimed: offline(plan.claimed),
            unclaimed: offline(plan.unclaimed), timestamp: online(.timestamp), snapshot: online(.snapshot),
            recentlyClaimed: online(.recentlyClaimed), bins: online(.bins), binBitLength: plan.bins.bitLength,
            expiry: plan.expiry)
    }
}
