package import TUF
package import TUFRepository

/// What a ceremony is to make: who holds which role, how many bins, how long metadata lasts.
package struct CeremonyPlan: Hashable, Sendable {
    package let root: Holders
    package let targets: Holders
    package let claimed: Holders
    package let unclaimed: Holders
    package let bins: BinCount
    package let expiry: ExpiryPolicy
    /// sha256 of the plan's text, comments included: what `sha256sum` says of its file. Whoever contributes or signs
    /// does so for one digest.
    package let digest: String

    init(
        root: Holders, targets: Holders, claimed: Holders, unclaimed: Holders, bins: BinCount,
        expiry: ExpiryPolicy, digest: String
    ) {
        self.root = root
        self.targets = targets
        self.claimed = claimed
        self.unclaimed = unclaimed
        self.bins = bins
        self.expiry = expiry
        self.digest = digest
    }

    /// The offline roles, from the top, and who holds each.
    package var offlineRoles: [(role: RoleName, holders: Holders)] {
        [(.root, root), (.targets, targets), (.claimed, claimed), (.unclaimed, unclaimed)]
    }

    /// The roles that a holder's key signs.
    package func roles(of holder: HolderName) -> [RoleName] {
        offlineRoles.filter { $0.holders.names.contains(holder) }.map(\.role)
    }

    /// Everyone who holds a key, once, in the order of their first role.
    ///
    /// One holder has one key, whatever roles it signs.
    package var holders: [HolderName] {
        var seen: Set<HolderName> = []
        return offlineRoles.flatMap(\.holders.names).filter { seen.insert($0).inserted }
    }
}

/// The people who sign one offline role, and how many of them must.
package struct Holders: Hashable, Sendable {
    /// In the plan's order; unique.
    package let names: [HolderName]
    package let threshold: Int

    /// What a plan means when it states no threshold: no single person, and no single stolen key, is enough.
    package static let defaultThreshold = 2

    package init(_ names: [HolderName], threshold: Int = defaultThreshold) throws(PlanRefusal) {
        guard !names.isEmpty else { throw .noHolder }
        var seen: Set<HolderName> = []
        for name in names where !seen.insert(name).inserted { throw .holderTwice(name.text) }
        guard (1...names.count).contains(threshold) else {
            throw .impossibleThreshold(threshold, holders: names.count)
        }
        self.names = names
        self.threshold = threshold
    }
}

/// A key holder's name; it names the key's file, too.
///
/// - Shape: 1…64 of `a-z 0-9 . _ -`, the first a letter or digit. Lower case, so that two names never meet in one file
///   on any file system.
package struct HolderName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(PlanRefusal) {
        let characters = Array(text.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = characters.first, isAlphanumeric(first), characters.count <= 64,
            characters.allSatisfy({ isAlphanumeric($0) || [".", "_", "-"].contains(Unicode.Scalar($0)) })
        else { throw .invalidHolderName(text) }
        self.text = text
    }

    package var description: String { text }
}

/// How many bins share the unclaimed projects: a power of two.
package struct BinCount: Hashable, Sendable {
    /// The bins' numbers have this many bits (TAP 15's `bit_length`).
    package let bitLength: Int

    package var count: Int { 1 << bitLength }

    /// Enough for an index of thousands of projects; small enough that signing them all takes no time.
    package static let `default` = BinCount(bitLength: 8)
    /// The upper end is what PEP 458 chose for PyPI.
    package static let allowed = 2...16_384

    package init(_ count: Int) throws(PlanRefusal) {
        guard Self.allowed.contains(count), count.nonzeroBitCount == 1 else {
            throw .impossibleBinCount(count)
        }
        self.init(bitLength: count.trailingZeroBitCount)
    }

    private init(bitLength: Int) { self.bitLength = bitLength }
}
