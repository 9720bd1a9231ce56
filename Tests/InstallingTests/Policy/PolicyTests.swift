import Installing
import Packaging
import TUF
import Testing

@Suite("On whose word")
struct VouchingTests {
    @Test(
        "the maintainers' where offline keys name them",
        arguments: [
            [.targets, "claimed", "project-demo"], [.targets, "claimed", "claimed-1", "project-demo"],
            [.targets, "claimed", "claimed-1", "claimed-27", "project-demo"],
        ] as [[RoleName]])
    func maintainers(chain: [RoleName]) throws {
        #expect(Vouching(chain: chain, to: try ProjectName("demo")) == .maintainers)
    }

    @Test("a claim's where an online key names them")
    func claim() throws {
        #expect(
            Vouching(chain: [.targets, "recently-claimed", "project-demo"], to: try ProjectName("Demo"))
                == .claim)
    }

    @Test(
        "the index's for any other way, whatever its roles are called",
        arguments: [
            [], [.targets], ["project-demo"], [.targets, "project-demo"], [.targets, "unclaimed", "bin-0"],
            [.targets, "unclaimed", "project-demo"], [.targets, "claimed"],
            [.targets, "claimed", "claimed-1"],
            [.targets, "recently-claimed", "claimed-1", "project-demo"],
            [.targets, "recently-claimed", "claimed", "project-demo"],
            [.targets, "recently-claimed", "recently-claimed", "project-demo"],
            [.targets, "claimed", "recently-claimed", "project-demo"],
            [.targets, "claimed-1", "project-demo"], [.targets, "unclaimed", "claimed", "project-demo"],
            [.targets, "claimed", "claimed-0", "project-demo"],
            [.targets, "claimed", "claimed-01", "project-demo"],
            [.targets, "claimed", "claimed-x", "project-demo"],
            [.targets, "claimed", "claimed-+1", "project-demo"],
            [.targets, "claimed", "project-other"], [.targets, "claimed", "project-other", "project-demo"],
            [.targets, "claimed", "project-demo", "bin-0"], [.targets, "claimed", "demo"],
            [.targets, "claimed", "PROJECT-demo"], [.root, "claimed", "project-demo"],
            ["claimed", "claimed", "project-demo"], [.root, .targets, "claimed", "project-demo"],
        ] as [[RoleName]])
    func index(chain: [RoleName]) throws {
        #expect(Vouching(chain: chain, to: try ProjectName("demo")) == .index)
    }

    @Test(
        "a requirement is met by its own word and any stronger one",
        arguments: [
            (RequiredVouching.index, [Vouching.nobody, .index, .claim, .maintainers]),
            (.claim, [.claim, .maintainers]), (.maintainers, [.maintainers]),
        ])
    func requirement(_ requirement: RequiredVouching, met: [Vouching]) {
        let all: [Vouching] = [.nobody, .index, .claim, .maintainers]
        #expect(all.filter(requirement.isMet) == met)
    }
}

@Suite("Who must vouch for what")
struct InstallPolicyTests {
    @Test(
        "the longest pattern that matches decides, and the general requirement where none does",
        arguments: [
            ("numpy", RequiredVouching.claim), ("acme-tool", .maintainers), ("acme-test-x", .index),
            ("acme-test-kit", .claim), ("acme", .claim),
        ])
    func longest(name: String, requirement: RequiredVouching) throws {
        let policy = InstallPolicy(
            requirement: .claim,
            projects: [
                try #require(NamePattern("acme-*")): .maintainers,
                try #require(NamePattern("acme-test-*")): .index,
                try #require(NamePattern("acme-test-kit")): .claim,
            ])
        #expect(policy.requirement(for: try ProjectName(name)) == requirement)
    }

    @Test("of two patterns of one length the same decides each time")
    func tie() throws {
        let (first, second) = (try #require(NamePattern("a-*b")), try #require(NamePattern("a*-b")))
        for projects in [[first: RequiredVouching.claim, second: .index], [second: .index, first: .claim]] {
            let policy = InstallPolicy(requirement: .maintainers, projects: projects)
            #expect(policy.requirement(for: try ProjectName("a-b")) == .claim)
        }
    }

    @Test("a name that is allowed needs nobody but the index, and only that name")
    func allowed() throws {
        let policy = InstallPolicy(
            requirement: .maintainers, projects: [try #require(NamePattern("*")): .maintainers],
            allowed: [try ProjectName("Demo.Pkg")])
        #expect(policy.requirement(for: try ProjectName("demo_pkg")) == .index)
        #expect(policy.requirement(for: try ProjectName("demo-pkg-2")) == .maintainers)
    }
}
