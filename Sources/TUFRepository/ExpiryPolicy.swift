package import TUF

/// For how many days each role's metadata is good once signed.
///
/// The offline roles' share is used at ceremonies, the online roles' by the snapshot process.
package struct ExpiryPolicy: Hashable, Sendable {
    /// A role, or the bins as one.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        case root, targets, claimed, unclaimed
        case timestamp, snapshot
        case recentlyClaimed = "recently-claimed"
        case bins

        /// What a policy says of this role unless told otherwise.
        ///
        /// Offline roles last the year of PEP 458, "Metadata Expiry Times". A timestamp lasts its day: it alone
        /// bounds how long a client can be shown an old repository. Everything below is pinned by version in a
        /// snapshot that the timestamp pins, so a longer life gives an attacker nothing there, while one day for
        /// every bin would mean signing thousands of unchanged files daily, and an index that breaks as a whole
        /// when the snapshot process rests for a weekend.
        package var defaultDays: Int {
            switch self {
            case .root, .targets, .claimed, .unclaimed: 365
            case .timestamp: 1
            case .snapshot: 7
            case .recentlyClaimed: 14
            case .bins: 30
            }
        }

        /// Our own limits.
        package var allowedDays: ClosedRange<Int> {
            switch self {
            case .root, .targets, .claimed, .unclaimed: 1...3650
            case .timestamp, .snapshot: 1...7
            case .recentlyClaimed: 1...90
            case .bins: 1...365
            }
        }
    }

    private var overrides: [Role: Int] = [:]

    /// The default for every role.
    package init() {}

    /// - Parameter days: for the roles that differ from the default.
    package init(days: [Role: Int]) throws(ExpiryOutOfRange) {
        for role in Role.allCases {
            guard let value = days[role] else { continue }
            guard role.allowedDays.contains(value) else { throw ExpiryOutOfRange(role: role, days: value) }
            if value != role.defaultDays { overrides[role] = value }
        }
    }

    /// The days that a role's metadata is good for.
    package subscript(role: Role) -> Int { overrides[role] ?? role.defaultDays }

    /// When metadata of a role that is signed now expires.
    package func expiry(of role: Role, signedAt now: MetadataTime) -> MetadataTime {
        now.advanced(bySeconds: self[role] * 86_400)
    }
}

/// A life that `ExpiryPolicy.Role.allowedDays` does not allow.
package struct ExpiryOutOfRange: Error, Hashable, Sendable {
    package let role: ExpiryPolicy.Role
    package let days: Int
}
