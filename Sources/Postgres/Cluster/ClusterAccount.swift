import Glibc

/// The user as whom a cluster's programs run when we are root, which PostgreSQL refuses to be.
struct ClusterAccount: Hashable, Sendable {
    let user: uid_t
    let group: gid_t

    /// The account to run as.
    ///
    /// - Parameter owner: whose the data is, if there is any yet: that stays so.
    /// - Returns: `nil` to run as whoever we are.
    /// - Throws: `.wrongOwner`, `.noUnprivilegedUser`.
    static func choose(owner: uid_t?, path: String) throws(ClusterError) -> ClusterAccount? {
        let ourselves = geteuid()
        guard ourselves == 0 else {
            if let owner, owner != ourselves { throw .wrongOwner(path: path, owner: Int(owner)) }
            return nil
        }
        if let owner {
            // The group matters little: everything is closed to it.
            guard owner != 0 else { throw .wrongOwner(path: path, owner: 0) }
            return ClusterAccount(user: owner, group: group(of: owner) ?? gid_t(owner))
        }
        for name in ["postgres", "nobody"] {
            if let account = named(name) { return account }
        }
        throw .noUnprivilegedUser
    }

    private static func named(_ name: String) -> ClusterAccount? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil, entry.pw_uid != 0
        else {
            return nil
        }
        return ClusterAccount(user: entry.pw_uid, group: entry.pw_gid)
    }

    private static func group(of user: uid_t) -> gid_t? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.pw_gid
    }
}
