import Signing
import TUF
import TUFRepository

/// A ceremony's metadata, signed by every holder of each role, and the manifest that vouches for it.
struct SignedCeremony {
    let files: [CeremonyBundle.File]
    let manifest: BundleManifest

    init(_ plan: CeremonyPlan, keys: CeremonyKeys, now: MetadataTime) throws(CeremonyError) {
        func offline(_ holders: Holders) -> InitialMetadataPlan.Authority {
            InitialMetadataPlan.Authority(
                keys: keys.keys(of: holders).map(\.publicKey), threshold: holders.threshold)
        }
        func online(_ role: OnlineRole) -> InitialMetadataPlan.Authority {
            InitialMetadataPlan.Authority(keys: keys.keys(of: role), threshold: 1)
        }
        let authorities = InitialMetadataPlan(
            root: offline(plan.root), targets: offline(plan.targets), claimed: offline(plan.claimed),
            unclaimed: offline(plan.unclaimed), timestamp: online(.timestamp), snapshot: online(.snapshot),
            recentlyClaimed: online(.recentlyClaimed), bins: online(.bins), binBitLength: plan.bins.bitLength,
            expiry: plan.expiry)
        do {
            let metadata = try InitialMetadata(authorities, now: now)
            let files = [
                try Self.sign(metadata.root, as: .root, with: keys.keys(of: plan.root)),
                try Self.sign(metadata.targets, as: .targets, with: keys.keys(of: plan.targets)),
                try Self.sign(metadata.claimed, as: .claimed, with: keys.keys(of: plan.claimed)),
                try Self.sign(metadata.unclaimed, as: .unclaimed, with: keys.keys(of: plan.unclaimed)),
            ]
            let roleKeys: [ExpiryPolicy.Role: RoleKeys] = [
                .root: try authorities.root.roleKeys(), .targets: try authorities.targets.roleKeys(),
                .claimed: try authorities.claimed.roleKeys(),
                .unclaimed: try authorities.unclaimed.roleKeys(),
                .timestamp: try authorities.timestamp.roleKeys(),
                .snapshot: try authorities.snapshot.roleKeys(),
                .recentlyClaimed: try authorities.recentlyClaimed.roleKeys(),
                .bins: try authorities.bins.roleKeys(),
            ]
            self.files = files
            manifest = BundleManifest(
                created: now, binBitLength: plan.bins.bitLength, binPrefix: authorities.binPrefix,
                expiry: plan.expiry, roles: roleKeys, holders: keys.holders,
                metadata: Dictionary(
                    uniqueKeysWithValues: files.map { ($0.name, Digest.sha256Hex($0.bytes)) }))
        } catch let error as SigningError {
            throw .signing(error)
        } catch let error as MetadataError {
            throw .metadata(error)
        } catch {
            throw .signing(.cryptographyFailed("\(error)"))
        }
    }

    private static func sign<Payload: MetadataPayload>(
        _ payload: Payload, as role: RoleName, with keys: [SecretKey]
    ) throws -> CeremonyBundle.File {
        let envelope = try Envelope(signing: payload) { message in try keys.map { try $0.sign(message) } }
        return CeremonyBundle.File(role: role, version: payload.version, bytes: envelope.encoded())
    }
}
