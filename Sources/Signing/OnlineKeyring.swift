import Glibc
package import TUF

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
    /// The file of the key that will take its place.
    package var nextFileName: String { "\(rawValue).next.key" }
}

/// The online keys: for each `OnlineRole` the present one and, while it is being replaced, the next one.
package struct OnlineKeyring: Sendable {
    private struct Place: Sendable {
        var present: any Signer
        var next: (any Signer)?
    }

    private struct Store: Sendable {
        let directory: String
        let passphrase: Passphrase

        func path(of role: OnlineRole) -> String { "\(directory)/\(role.fileName)" }
        func nextPath(of role: OnlineRole) -> String { "\(directory)/\(role.nextFileName)" }

        /// - Parameter known: what is open already; it is not opened again.
        func open(_ path: String, unless known: (any Signer)? = nil) throws(SigningError) -> any Signer {
            let file = try KeyFile(reading: path)
            if let known, known.publicKey == file.publicKey { return known }
            return try file.open(with: passphrase)
        }
    }

    /// Nil for keys that are in memory only.
    private let store: Store?
    private var timestamp: Place
    private var snapshot: Place
    private var recentlyClaimed: Place
    private var bins: Place

    package init(
        timestamp: any Signer, snapshot: any Signer, recentlyClaimed: any Signer, bins: any Signer
    ) {
        store = nil
        self.timestamp = Place(present: timestamp)
        self.snapshot = Place(present: snapshot)
        self.recentlyClaimed = Place(present: recentlyClaimed)
        self.bins = Place(present: bins)
    }

    /// Opens the key files in a directory, all under one passphrase.
    ///
    /// Takes about a second for each key at the standard cost.
    package init(directory: String, passphrase: Passphrase) throws(SigningError) {
        let store = Store(directory: directory, passphrase: passphrase)
        func open(_ role: OnlineRole) throws(SigningError) -> Place {
            Place(present: try store.open(store.path(of: role)))
        }
        self.store = store
        timestamp = try open(.timestamp)
        snapshot = try open(.snapshot)
        recentlyClaimed = try open(.recentlyClaimed)
        bins = try open(.bins)
        try reread()
    }

    /// The present key.
    package subscript(role: OnlineRole) -> any Signer { self[place: role].present }

    /// The key that will take the present one's place.
    package func next(_ role: OnlineRole) -> (any Signer)? { self[place: role].next }

    /// Opens what another process has put into the directory since.
    package mutating func reread() throws(SigningError) {
        guard let store else { return }
        for role in OnlineRole.allCases {
            // The next key's file first: it may take the present one's place at any moment.
            var status = stat()
            let path = store.nextPath(of: role)
            self[place: role].next =
                lstat(path, &status) == 0 ? try store.open(path, unless: next(role)) : nil
            self[place: role].present = try store.open(store.path(of: role), unless: self[role])
        }
    }

    /// Makes the key that will take the present one's place, or takes the one that is there.
    ///
    /// - Parameter avoided: a key that is not taken; its file is removed.
    /// - Throws: `.file` where the directory cannot be written to; `.missing` for keys in memory.
    package mutating func makeNext(
        _ role: OnlineRole, insteadOf avoided: KeyID? = nil
    ) throws(SigningError) -> PublicKey {
        if let key = next(role), key.publicKey.id != avoided { return key.publicKey }
        guard let store else { throw .missing("this keyring has no directory to make a key in") }
        let path = store.nextPath(of: role)
        if next(role) != nil, unlink(path) != 0, errno != ENOENT {
            throw .file(path: path, operation: .remove, errno: errno)
        }
        let cost = try KeyFile(reading: store.path(of: role)).cost
        try KeyFile(sealing: SecretKey(), label: role.rawValue, passphrase: store.passphrase, cost: cost)
            .write(to: path)
        let key = try store.open(path)
        self[place: role].next = key
        return key.publicKey
    }

    /// Puts the next key in the present one's place, which is gone then.
    ///
    /// - Throws: `.file`.
    package mutating func promote(_ role: OnlineRole) throws(SigningError) {
        guard let store, let key = next(role) else { return }
        let path = store.path(of: role)
        guard rename(store.nextPath(of: role), path) == 0 else {
            throw .file(path: path, operation: .rename, errno: errno)
        }
        try PrivateFile.syncDirectory(store.directory)
        self[place: role] = Place(present: key)
    }

    private subscript(place role: OnlineRole) -> Place {
        get {
            switch role {
            case .timestamp: timestamp
            case .snapshot: snapshot
            case .recentlyClaimed: recentlyClaimed
            case .bins: bins
            }
        }
        set {
            switch role {
            case .timestamp: timestamp = newValue
            case .snapshot: snapshot = newValue
            case .recentlyClaimed: recentlyClaimed = newValue
            case .bins: bins = newValue
            }
        }
    }
}
