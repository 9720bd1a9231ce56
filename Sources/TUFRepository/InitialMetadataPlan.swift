package import TUF

/// Whose keys the first metadata names, for which roles, and how the bins are laid out.
package struct InitialMetadataPlan: Hashable, Sendable {
    /// The keys that may sign a role, and how many must.
    package struct Authority: Hashable, Sendable {
        package let keys: [PublicKey]
        package let threshold: Int

        package init(keys: [PublicKey], threshold: Int) {
            self.keys = keys
            self.threshold = threshold
        }

        /// One online key, which signs alone.
        package init(_ key: PublicKey) { self.init(keys: [key], threshold: 1) }

        package func roleKeys() throws(MetadataError) -> RoleKeys {
            try RoleKeys(keyIDs: keys.map(\.id), threshold: threshold)
        }
    }

    package let root: Authority
    package let targets: Authority
    package let claimed: Authority
    package let unclaimed: Authority
    package let timestamp: Authority
    package let snapshot: Authority
    package let recentlyClaimed: Authority
    package let bins: Authority
    /// The bins' numbers have this many bits: 2^`binBitLength` bins.
    package let binBitLength: Int
    /// The bins are named `<binPrefix>-<number>`.
    package let binPrefix: String
    package let expiry: ExpiryPolicy

    /// What the first layout of bins is called; a later one takes another name.
    package static let firstBinPrefix = "bin"

    package init(
        root: Authority, targets: Authority, claimed: Authority, unclaimed: Authority, timestamp: Authority,
        snapshot: Authority, recentlyClaimed: Authority, bins: Authority, binBitLength: Int,
        binPrefix: String = firstBinPrefix, expiry: ExpiryPolicy
    ) {
        self.root = root
        self.targets = targets
        self.claimed = claimed
        self.unclaimed = unclaimed
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.recentlyClaimed = recentlyClaimed
        self.bins = bins
        self.binBitLength = binBitLength
        self.binPrefix = binPrefix
        self.expiry = expiry
    }
}
