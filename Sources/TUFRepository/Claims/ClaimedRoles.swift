import CanonicalJSON
package import TUF

/// What `claimed` says: which projects, with which maintainers.
///
/// Past a number of projects it says so through shards: `claimed` delegates names by prefix to roles of the same keys,
/// and a client fetches only the one that has its project. A shard that grows too large is divided in two, so that
/// few have to be signed anew.
package struct ClaimedRoles: Hashable, Sendable {
    /// By normalized name.
    package private(set) var projects: [String: Maintainers]
    /// In order of the names they cover; once there are any, they stay.
    package private(set) var shards: [ClaimedShard]

    package static let standardShardSize = 1_000

    package init() {
        projects = [:]
        shards = []
    }

    /// Reads what is published.
    ///
    /// - Parameter shards: the targets of each shard that `claimed` names.
    /// - Throws: `.delegation` for anything that this type would not have written.
    package init(reading claimed: Targets, shards published: [RoleName: Targets]) throws(TransactionRefusal) {
        self.init()
        var delegating: [(role: RoleName, targets: Targets)] = []
        for role in claimed.delegations?.roles ?? [] {
            guard let number = ClaimedShard.number(of: role.name) else { continue }
            guard case .patterns(let patterns) = role.paths, let targets = published[role.name] else {
                throw Self.unreadable(.claimed, role.name.text)
            }
            var cells: [NameCell] = []
            for pattern in patterns {
                guard let cell = NameCell(pattern) else { throw Self.unreadable(.claimed, pattern.text) }
                cells.append(cell)
            }
            shards.append(ClaimedShard(number: number, cells: cells))
            delegating.append((role.name, targets))
        }
        if delegating.isEmpty { delegating = [(.claimed, claimed)] }
        for (name, targets) in delegating {
            for role in targets.delegations?.roles ?? [] {
                let (project, maintainers) = try Self.project(
                    role, targets.delegations?.keys ?? [:], of: name)
                projects[project] = maintainers
            }
        }
    }

    /// With projects added, or with other maintainers.
    ///
    /// - Parameter shardSize: how many projects a role may have, ≥ 1.
    package func setting(_ changes: [String: Maintainers], shardSize: Int) -> ClaimedRoles {
        var next = self
        next.projects.merge(changes) { _, new in new }
        if next.shards.isEmpty {
            guard next.projects.count > shardSize else { return next }
            next.shards = [ClaimedShard(number: 1, cells: [.prefix("")])]
        }
        for name in changes.keys.sorted() { next.cover(name) }
        next.divide(shardSize)
        return next
    }

    /// Without some projects. Shards stay as they are.
    ///
    /// - Throws: ``TransactionRefusal`` `.notFound` for one that is not there.
    package func removing(_ names: Set<String>) throws(TransactionRefusal) -> ClaimedRoles {
        var next = self
        for name in names.sorted() where next.projects.removeValue(forKey: name) == nil {
            throw TransactionRefusal(.notFound, value: name, "'claimed' has no project '\(name)'.")
        }
        return next
    }

    /// The role that delegates to each project.
    package func delegators() throws(MetadataError) -> [String: RoleName] {
        var delegators: [String: RoleName] = [:]
        let map = ShardMap(shards)
        for name in projects.keys {
            let position = map.position(of: name)
            delegators[name] = if let position { try shards[position].role } else { .claimed }
        }
        return delegators
    }

    /// Whom each role delegates to.
    ///
    /// - Parameters:
    ///   - keys: who signs `claimed` and every shard.
    ///   - publicKeys: those keys.
    package func delegations(
        keys: RoleKeys, publicKeys: [KeyID: PublicKey]
    ) throws(MetadataError) -> [RoleName: Delegations?] {
        guard !shards.isEmpty else {
            return [.claimed: try projects.isEmpty ? nil : ProjectRole.delegations(to: projects)]
        }
        var members: [RoleName: [String: Maintainers]] = [:]
        for (name, role) in try delegators() { members[role, default: [:]][name] = projects[name] }
        var all: [RoleName: Delegations?] = [:]
        var roles: [DelegatedRole] = []
        for shard in shards {
            let role = try shard.role
            all[role] = try ProjectRole.delegations(to: members[role] ?? [:])
            roles.append(
                try DelegatedRole(
                    name: role, keys: keys, terminating: false, paths: .patterns(shard.cells.map(\.pattern))))
        }
        all[.claimed] = try Delegations(keys: publicKeys, roles: roles)
        return all
    }

    private static func project(
        _ role: DelegatedRole, _ keys: [KeyID: PublicKey], of delegator: RoleName
    ) throws(TransactionRefusal) -> (String, Maintainers) {
        guard let name = ProjectRole.project(of: role.name),
            let accounts = role.unrecognized["custom"]?.object?["accounts"]?.object
        else { throw unreadable(delegator, role.name.text) }
        var members: [Maintainers.Key] = []
        for id in role.keys.keyIDs {
            guard let key = keys[id], let account = accounts[id.hex]?.string else {
                throw unreadable(delegator, role.name.text)
            }
            members.append(Maintainers.Key(publicKey: key, account: account))
        }
        let maintainers = try Maintainers(keys: members, threshold: role.keys.threshold)
        guard (try? ProjectRole.delegation(to: name, maintainers)) == role else {
            throw unreadable(delegator, role.name.text)
        }
        return (name, maintainers)
    }

    private static func unreadable(_ role: RoleName, _ value: String) -> TransactionRefusal {
        TransactionRefusal(
            .delegation, role: role.text, value: value,
            "Role '\(role)' delegates to '\(value)' in a way that this software does not.")
    }
}

/// Which shard has which names.
extension ClaimedRoles {
    /// Gives a name that no cell covers a cell of its own: the shortest prefix that overlaps no other.
    private mutating func cover(_ name: String) {
        guard ShardMap(shards).position(of: name) == nil else { return }
        let texts = shards.flatMap(\.cells).map(\.text)
        let prefix = name.indices.dropFirst().map { String(name[..<$0]) } + [name]
        let free = prefix.first { candidate in !texts.contains { $0.hasPrefix(candidate) } }
        let cell = free.map { NameCell.prefix($0) } ?? .exact(name)
        let shard = shards.lastIndex { ($0.cells.first?.text ?? "") <= cell.text } ?? 0
        let place = shards[shard].cells.firstIndex { $0.text > cell.text } ?? shards[shard].cells.count
        shards[shard].cells.insert(cell, at: place)
    }

    private mutating func divide(_ shardSize: Int) {
        var position = 0
        var names = ShardMap(shards).names(projects.keys.sorted(), count: shards.count)
        while position < shards.count {
            guard names[position].count > shardSize else {
                position += 1
                continue
            }
            let cells = shards[position].cells
            let counts = Self.counts(of: cells, names[position])
            if let heavy = counts.firstIndex(where: { $0 > shardSize }) {
                let refined = Self.refined(cells[heavy], names[position])
                shards[position].cells.replaceSubrange(heavy...heavy, with: refined)
                continue
            }
            let cut = Self.middle(of: counts)
            let number = (shards.map(\.number).max() ?? 0) + 1
            let new = ClaimedShard(number: number, cells: Array(cells[cut...]))
            shards[position].cells.removeSubrange(cut...)
            let map = ShardMap([shards[position], new])
            let shares = map.names(names[position], count: 2)
            shards.insert(new, at: position + 1)
            names.replaceSubrange(position...position, with: shares)
        }
    }

    private static func counts(of cells: [NameCell], _ names: [String]) -> [Int] {
        ShardMap(cells.map { ClaimedShard(number: 1, cells: [$0]) }).names(names, count: cells.count)
            .map(\.count)
    }

    /// A cell as the cells of what follows in these names.
    private static func refined(_ cell: NameCell, _ names: [String]) -> [NameCell] {
        let length = cell.text.utf8.count
        var cells: [NameCell] = names.contains(cell.text) ? [.exact(cell.text)] : []
        for name in names where name.utf8.count > length && name.hasPrefix(cell.text) {
            let next = NameCell.prefix(String(decoding: name.utf8.prefix(length + 1), as: UTF8.self))
            if cells.last != next { cells.append(next) }
        }
        return cells
    }

    /// Where to cut, so that both parts have about as many names.
    private static func middle(of counts: [Int]) -> Int {
        let total = counts.reduce(0, +)
        var (best, left, nearest) = (1, 0, Int.max)
        for cut in 1..<counts.count {
            left += counts[cut - 1]
            let distance = abs(total - 2 * left)
            if distance < nearest { (best, nearest) = (cut, distance) }
        }
        return best
    }
}

extension ShardMap {
    /// The names of each shard.
    fileprivate func names(_ names: [String], count: Int) -> [[String]] {
        var shares = [[String]](repeating: [], count: count)
        for name in names { if let position = position(of: name) { shares[position].append(name) } }
        return shares
    }
}
