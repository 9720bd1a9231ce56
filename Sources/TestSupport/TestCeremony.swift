package import Signing
package import TUF
package import TUFRepository

/// What a ceremony leaves behind: metadata signed offline, and the online keys.
package struct TestCeremony: Sendable {
    package let keyring: OnlineKeyring
    /// root, targets, claimed, unclaimed.
    package let roles: [SignedRole]
    package let lifetimes: OnlineLifetimes
    /// The bins of a ceremony with the bit length that is the default here.
    package static let bins: Set<RoleName> = ["bin-0", "bin-1", "bin-2", "bin-3"]

    package var root: [UInt8] { bytes(of: .root) }

    package init(at start: MetadataTime, binBitLength: Int = 2) throws {
        let (offline, timestamp, snapshot) = (try SecretKey(), try SecretKey(), try SecretKey())
        let (recentlyClaimed, bins) = (try SecretKey(), try SecretKey())
        func authority(_ key: SecretKey) -> InitialMetadataPlan.Authority { .init(key.publicKey) }
        let expiry = ExpiryPolicy()
        let metadata = try InitialMetadata(
            InitialMetadataPlan(
                root: authority(offline), targets: authority(offline), claimed: authority(offline),
                unclaimed: authority(offline), timestamp: authority(timestamp), snapshot: authority(snapshot),
                recentlyClaimed: authority(recentlyClaimed), bins: authority(bins),
                binBitLength: binBitLength, expiry: expiry),
            now: start)
        func signed(_ payload: some MetadataPayload, _ name: RoleName) throws -> SignedRole {
            let envelope = try Envelope(signing: payload) { [try offline.sign($0)] }
            return SignedRole(
                name: name, version: payload.version, expires: payload.expires, bytes: envelope.encoded())
        }
        roles = [
            try signed(metadata.root, .root), try signed(metadata.targets, .targets),
            try signed(metadata.claimed, .claimed), try signed(metadata.unclaimed, .unclaimed),
        ]
        keyring = OnlineKeyring(
            timestamp: timestamp, snapshot: snapshot, recentlyClaimed: recentlyClaimed, bins: bins)
        let day = 86_400
        lifetimes = OnlineLifetimes(
            timestamp: expiry[.timestamp] * day, snapshot: expiry[.snapshot] * day,
            recentlyClaimed: expiry[.recentlyClaimed] * day, bins: expiry[.bins] * day)
    }

    package func bytes(of role: RoleName) -> [UInt8] {
        roles.first { $0.name == role }?.bytes ?? []
    }
}
