import Signing
import TUF
import TUFRepository
import Testing

@Suite("Claimed projects by shard")
struct ClaimedRolesTests {
    private static let shardSize = 100
    private let maintainers: Maintainers
    private let keys: RoleKeys
    private let publicKeys: [KeyID: PublicKey]

    init() throws {
        maintainers = try Maintained().maintainers(threshold: 2)
        let holder = try SecretKey().publicKey
        keys = try RoleKeys(keyIDs: [holder.id], threshold: 1)
        publicKeys = [holder.id: holder]
    }

    private func setting(
        _ names: some Sequence<String>, in roles: ClaimedRoles = ClaimedRoles()
    ) -> ClaimedRoles {
        roles.setting(
            Dictionary(names.map { ($0, maintainers) }, uniquingKeysWith: { a, _ in a }),
            shardSize: Self.shardSize)
    }

    private func published(_ roles: ClaimedRoles) throws -> [RoleName: Targets] {
        try roles.delegations(keys: keys, publicKeys: publicKeys).mapValues {
            try Targets(version: 1, expires: .latest, targets: [:], delegations: $0)
        }
    }

    /// For each name, the roles below `claimed` that a client asks about it.
    private func requireOneWay(to names: some Sequence<String>, in roles: ClaimedRoles) throws {
        let published = try published(roles)
        let claimed = try #require(published[.claimed]?.delegations)
        for name in names {
            let path = try TargetPath("\(name)/index.json")
            var (covering, isLast) = claimed.rolesCovering(path)
            if !roles.shards.isEmpty {
                #expect(covering.count == 1 && !isLast, "\(name) is in \(covering)")
                let shard = try #require(covering.first.flatMap { published[$0]?.delegations })
                (covering, isLast) = shard.rolesCovering(path)
            }
            #expect(covering.map(\.text) == ["project-\(name)"] && isLast)
        }
    }

    @Test("few projects are delegated to by 'claimed' itself")
    func few() throws {
        let roles = setting(["b", "a"])
        #expect(roles.shards.isEmpty)
        let claimed = try #require(try published(roles)[.claimed]?.delegations)
        #expect(claimed.roles.map(\.name.text) == ["project-a", "project-b"])
        try requireOneWay(to: ["a", "b"], in: roles)
    }

    @Test("however names come, each has one way to it, and no shard is too large")
    func growth() throws {
        let words = ["py", "django", "aws-", "flask-", "a", "types-", "azure-mgmt-"]
        var random = SystemRandomNumberGenerator()
        let names = (0..<3_000).map { number in
            "\(words[Int.random(in: 0..<words.count, using: &random)])\(number)"
        }
        var roles = ClaimedRoles()
        for start in stride(from: 0, to: names.count, by: 150) {
            roles = setting(names[start..<start + 150], in: roles)
            for size in Dictionary(grouping: try roles.delegators().values, by: { $0 }).mapValues(\.count) {
                #expect(size.value <= Self.shardSize, "\(size.key)")
            }
        }
        #expect((30...90).contains(roles.shards.count), "\(roles.shards.count) shards")
        try requireOneWay(to: names, in: roles)
        #expect(Set(roles.shards.map(\.number)).count == roles.shards.count)
    }

    @Test("what is published is read back as the same, and grows on")
    func roundTrip() throws {
        for count in [0, 1, 100, 101, 1_000] {
            let roles = setting((0..<count).map { "name-\($0)" })
            let published = try published(roles)
            let read = try ClaimedRoles(
                reading: try #require(published[.claimed]), shards: published.filter { $0.key != .claimed })
            #expect(read == roles)
        }
    }

    @Test("one more project changes few roles")
    func churn() throws {
        var roles = setting((0..<2_000).map { "name-\($0)" })
        var before = try published(roles)
        for number in 0..<40 {
            roles = setting(["name-\(number)-more"], in: roles)
            let after = try published(roles)
            let changed = after.filter { $0.key != .claimed && before[$0.key] != $0.value }
            #expect((1...2).contains(changed.count))
            before = after
        }
    }

    @Test("a long common prefix and names that begin each other do not run up cells or shards")
    func adversarial() throws {
        let long = String(repeating: "a-", count: 90)
        var names = (0..<1_000).map { "\(long)\($0)" }
        names += (1...150).map { String(repeating: "z", count: $0) }
        let roles = setting(names)
        #expect(roles.shards.count < 40)
        #expect(roles.shards.flatMap(\.cells).count < 400)
        try requireOneWay(to: names, in: roles)
        let more =
            ["a", "a-", "zz-top", "b", "-", "0"] + (151...160).map { String(repeating: "z", count: $0) }
        try requireOneWay(to: names + more, in: setting(more, in: roles))
    }

    @Test("other maintainers of a project change its shard")
    func otherMaintainers() throws {
        let roles = setting((0..<500).map { "name-\($0)" })
        let others = try Maintained().maintainers(threshold: 1)
        let changed = roles.setting(["name-7": others], shardSize: Self.shardSize)
        let (before, after) = (try published(roles), try published(changed))
        #expect(after.filter { before[$0.key] != $0.value }.count == 1)
        #expect(changed.projects["name-7"] == others)
    }

    @Test("refuses delegations that this software does not make")
    func foreign() throws {
        let foreign: [(name: String, pattern: String, terminating: Bool)] = [
            ("project-a", "b/*", true), ("project-a", "a/*", false), ("claimed-x", "a*/*", false),
            ("claimed-0", "a*/*", false), ("somebody", "a/*", true),
        ]
        for role in foreign {
            let delegated = try DelegatedRole(
                name: RoleName(role.name), keys: maintainers.roleKeys, terminating: role.terminating,
                paths: .patterns([PathPattern(role.pattern)]),
                unrecognized: ProjectRole.delegation(to: "a", maintainers).unrecognized)
            let targets = try Targets(
                version: 1, expires: .latest, targets: [:],
                delegations: Delegations(keys: maintainers.publicKeys, roles: [delegated]))
            #expect(throws: TransactionRefusal.self, "\(role)") {
                try ClaimedRoles(reading: targets, shards: [:])
            }
        }
        for pattern in ["a?/*", "*/a", "A/*", "a", "/*"] {
            let delegated = try DelegatedRole(
                name: "claimed-1", keys: keys, terminating: false, paths: .patterns([PathPattern(pattern)]))
            let targets = try Targets(
                version: 1, expires: .latest, targets: [:],
                delegations: Delegations(keys: publicKeys, roles: [delegated]))
            let shard = try Targets(version: 1, expires: .latest, targets: [:], delegations: nil)
            #expect(throws: TransactionRefusal.self, "\(pattern)") {
                try ClaimedRoles(reading: targets, shards: ["claimed-1": shard])
            }
        }
    }
}
