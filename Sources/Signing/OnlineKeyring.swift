/// A key that the snapshot process uses by itself.
///
/// `bins` is no role: its key signs every bin that `unclaimed` delegates to.
package enum OnlineRole: String, Hashable, Sendable, CaseIterable {
    case timestamp
    case snapshot
    case recentlyClaimed = "recently-claimed"
    case bins

    /// The key's file in a keyring's directory.
    package var fileName: String { "\(rawValue).key" }
}

/// The online keys, one for each `OnlineRole`.
package struct OnlineKeyring: Sendable {
    private let timestamp: any Signer
    private let snapshot: any Signer
    private let recentlyClaimed: any Signer
    private let bins: any Signer

    package init(
        timestamp: any Signer, snapshot: any Signer, recentlyClaimed: any Signer, bins: any Signer
    ) {
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.recentlyClaimed = recentlyClaimed
        self.bins = bins
    }

    /// Opens the four key files in a directory, all under one passphrase.
    ///
    /// Takes about a second for each key at the standard cost.
    package init(directory: String, passphrase: Passphrase) throws(SigningError) {
        func open(_ role: OnlineRole) throws(SigningError) -> SecretKey {
            try KeyFile(reading: "\(directory)/\(role.fileName)").open(with: passphrase)
        }
        self.init(
            timestamp: try open(.timestamp), snapshot: try open(.snapshot),
            recentlyClaimed: try open(.recentlyClaimed), bins: try open(.bins))
    }

    package subscript(role: OnlineRole) -> any Signer {
        switch role {
        case .timestamp: timestamp
        case .snapshot: snapshot
        case .recentlyClaimed: recentlyClaimed
        case .bins: bins
        }
    }
}
