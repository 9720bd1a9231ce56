package import TUF

/// For how long the online roles' signatures are good, in seconds. Set at the ceremony.
package struct OnlineLifetimes: Hashable, Sendable {
    package let timestamp: Int
    package let snapshot: Int
    package let recentlyClaimed: Int
    package let bins: Int

    package init(timestamp: Int, snapshot: Int, recentlyClaimed: Int, bins: Int) {
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.recentlyClaimed = recentlyClaimed
        self.bins = bins
    }

    /// - Parameter targets: an online targets role, recently-claimed or a bin.
    package subscript(targets role: RoleName) -> Int {
        role == .recentlyClaimed ? recentlyClaimed : bins
    }
}
