import ClientTestSupport
import Foundation
import HTTPClient
import HTTPMessage
import Installing
import Packaging
import TUF
import Testing

@Suite("Which index has a project", .serialized, .ownThread)
struct CatalogTests {
    private let bench: Workbench
    private let demo: ProjectName

    init() throws {
        bench = try Workbench()
        demo = try ProjectName("demo")
    }

    @Test("the first that has it, which then has the name for good")
    func first() throws {
        let sites = (try BondedSite(), try BondedSite([wheel]), try BondedSite([wheel]))
        let (a, b, c) = (
            try bench.verified(sites.0), try bench.verified(sites.1), try bench.verified(sites.2)
        )
        let catalog = bench.catalog([a, b, c])
        #expect(try catalog.page(of: ProjectName("other")) == nil)
        #expect(try bench.state.binding(of: ProjectName("other")) == nil)
        #expect(try catalog.page(of: demo)?.index == b.pinned)
        #expect(try bench.state.binding(of: demo) == b.pinned.address)
        let (file, page) = try #require(try catalog.file(wheel.name, of: demo))
        #expect(file.sha256 == Digest.sha256Hex(wheel.bytes) && page.index == b.pinned)
        #expect(try catalog.file("demo-9.tar.gz", of: demo) == nil)
        let (metadata, _) = try #require(try catalog.metadata(wheel.name, of: demo))
        #expect(metadata.sha256 == Digest.sha256Hex(Array("Name: demo\n".utf8)))
    }

    @Test(
        "a name that appears on an index that is asked earlier is refused: somebody may want to slip in a package"
    )
    func confusion() throws {
        var (publicSite, ownSite) = (try BondedSite(), try BondedSite([wheel]))
        let (first, own) = (try bench.verified(publicSite), try bench.verified(ownSite))
        let catalog = bench.catalog([first, own])
        #expect(try catalog.page(of: demo)?.index == own.pinned)

        try publicSite.add([.init(wheel.name, "evil")], of: "demo")
        try publicSite.publishNext("unclaimed")
        let error = InstallError.boundElsewhere(
            project: demo, bound: own.pinned.address, found: first.pinned.address)
        expectRefusal(error) { try catalog.page(of: demo) }
        expectRefusal(error) { try catalog.file(wheel.name, of: demo) }
        expectRefusal(error) { try catalog.metadata(wheel.name, of: demo) }
        #expect(try bench.state.binding(of: demo) == own.pinned.address)
        ownSite.server.remove { _ in true }

        #expect(try bench.otherState().unbind(demo))
        #expect(try catalog.page(of: demo)?.index == first.pinned, "that one was meant")
    }

    @Test("a name that its index has no more is not taken from another")
    func gone() throws {
        var (ownSite, publicSite) = (try BondedSite([wheel]), try BondedSite())
        let (own, other) = (try bench.verified(ownSite), try bench.verified(publicSite))
        let catalog = bench.catalog([own, other])
        #expect(try catalog.page(of: demo)?.index == own.pinned)

        try ownSite.publishNext("unclaimed") { $0.roles["unclaimed"]?.files = [] }
        expectRefusal(.boundElsewhere(project: demo, bound: own.pinned.address, found: nil)) {
            try catalog.page(of: demo)
        }
        try publicSite.add([wheel], of: "demo")
        try publicSite.publishNext("unclaimed")
        let error = InstallError.boundElsewhere(
            project: demo, bound: own.pinned.address, found: other.pinned.address)
        expectRefusal(error) { try catalog.page(of: demo) }
    }

    @Test("what one process has bound holds for another that runs already")
    func otherProcess() throws {
        var publicSite = try BondedSite()
        let ownSite = try BondedSite([wheel])
        let indexes = [try bench.verified(publicSite), try bench.verified(ownSite)]
        let running = bench.catalog(indexes, state: try bench.otherState())
        _ = try bench.catalog(indexes).page(of: demo)
        try publicSite.add([.init(wheel.name, "evil")], of: "demo")
        try publicSite.publishNext("unclaimed")
        let error = InstallError.boundElsewhere(
            project: demo, bound: indexes[1].pinned.address, found: indexes[0].pinned.address)
        expectRefusal(error) { try running.page(of: demo) }
    }

    @Test("what another process binds while the page is fetched holds too")
    func boundMeanwhile() throws {
        let sites = (try BondedSite([wheel]), try BondedSite([wheel]))
        let (first, second) = (try bench.verified(sites.0), try bench.verified(sites.1))
        let gate = Gate()
        sites.0.server.hold("tuf/metadata/timestamp.json", at: gate)
        let catalog = bench.catalog([first, second])
        let asking = Background { [demo] in try catalog.page(of: demo)?.index.address }
        gate.awaitArrival()
        _ = try bench.otherState().bind(demo, to: second.pinned)
        gate.open()
        let error = InstallError.boundElsewhere(
            project: demo, bound: second.pinned.address, found: first.pinned.address)
        expectRefusal(error) { try asking.get() }
    }

    @Test("a name that matches an index's patterns is asked of that index, and of no other")
    func patterns() throws {
        var sites = (try BondedSite([wheel]), try BondedSite())
        let (open, own) = (try bench.verified(sites.0), try bench.verified(sites.1, only: ["de*", "acme-*"]))
        let catalog = bench.catalog([open, own])
        _ = sites.0.server.takeRequests()
        #expect(try catalog.page(of: demo) == nil)
        #expect(sites.0.server.takeRequests() == [], "nobody else hears of the name")

        try sites.1.add([wheel], of: "demo")
        try sites.1.add([wheel], of: "other")
        try sites.1.publishNext("unclaimed")
        #expect(try catalog.page(of: demo)?.index == own.pinned)
        #expect(
            try catalog.page(of: ProjectName("other")) == nil, "the index with patterns has no other names")
    }

    @Test("an index that does not answer is not passed over")
    func unreachable() throws {
        let sites = (try BondedSite([wheel]), try BondedSite([wheel]))
        let (first, second) = (try bench.verified(sites.0), try bench.verified(sites.1))
        let address = sites.0.metadata + "timestamp.json"
        sites.0.server.answer("tuf/metadata/timestamp.json") { .text(.badGateway, "") }
        expectRefusal(.unreachable(index: first.pinned.address, .status(502, address: address, said: nil))) {
            try bench.catalog([first, second]).page(of: demo)
        }
        #expect(try bench.state.binding(of: demo) == nil)
    }

    @Test(
        "a word that is weaker than required is refused, and binds nothing",
        arguments: [
            (BondedSite.Owner.index, RequiredVouching.claim, Vouching.index), (.index, .maintainers, .index),
            (.claim, .maintainers, .claim),
        ])
    func insufficient(owner: BondedSite.Owner, requirement: RequiredVouching, vouching: Vouching) throws {
        let site = try BondedSite([wheel], by: owner)
        let index = try bench.verified(site)
        let error = InstallError.insufficient(
            index: index.pinned.address, project: demo, requirement, vouching)
        let strict = bench.catalog([index], InstallPolicy(requirement: requirement))
        expectRefusal(error) { try strict.page(of: demo) }
        expectRefusal(error) { try strict.file(wheel.name, of: demo) }
        #expect(try bench.state.binding(of: demo) == nil)
        #expect(try !bench.cached.contains(Digest.sha256Hex(wheel.bytes)))

        let lenient = bench.catalog([index], InstallPolicy(requirement: requirement, allowed: [demo]))
        #expect(try lenient.file(wheel.name, of: demo) != nil)
    }

    @Test(
        "a word that is as strong as required is enough",
        arguments: [
            (BondedSite.Owner.maintainers, RequiredVouching.maintainers), (.claim, .claim), (.index, .index),
        ])
    func sufficient(owner: BondedSite.Owner, requirement: RequiredVouching) throws {
        let index = try bench.verified(try BondedSite([wheel], by: owner))
        let catalog = bench.catalog([index], InstallPolicy(requirement: requirement))
        #expect(try catalog.file(wheel.name, of: demo) != nil)
    }

    @Test("each file needs the word itself, whoever signed for the page")
    func weakerFile() throws {
        var site = try BondedSite([wheel], by: .maintainers)
        // The role for all unclaimed projects lists a file that the maintainers do not, and theirs lets it.
        try site.change { repository in
            let delegations = try #require(repository.roles["claimed"]?.delegations)
            let role = delegations.roles[0]
            repository.roles["claimed"]?.delegations = try Delegations(
                keys: delegations.keys,
                roles: [
                    DelegatedRole(name: role.name, keys: role.keys, terminating: false, paths: role.paths)
                ])
            repository.roles["project-demo"]?.files = ["demo/index.json"]
            repository.roles["unclaimed"]?.files = ["demo/\(wheel.name)"]
        }
        try site.publish()
        let index = try bench.verified(site)
        let catalog = bench.catalog([index], InstallPolicy(requirement: .maintainers))
        #expect(try catalog.page(of: demo)?.vouching == .maintainers)
        let error = InstallError.insufficient(
            index: index.pinned.address, project: demo, .maintainers, .index)
        expectRefusal(error) { try catalog.file(wheel.name, of: demo) }
    }

    @Test("what nobody vouches for is enough where no more is asked, and only there")
    func plain() throws {
        let server = try FileServer()
        server.publish(["files/\(wheel.name)": wheel.bytes])
        let link = "../../files/\(wheel.name)#sha256=\(Digest.sha256Hex(wheel.bytes))"
        server.publish(["simple/demo/": Array("<a href=\"\(link)\">x</a>".utf8)])
        let index = try bench.plain(server.address.absoluteString + "simple/")
        let error = InstallError.insufficient(
            index: index.pinned.address, project: demo, .claim, .nobody)
        let strict = bench.catalog([index], InstallPolicy(requirement: .claim))
        expectRefusal(error) { try strict.page(of: demo) }
        #expect(try bench.catalog([index]).file(wheel.name, of: demo)?.0.vouching == .nobody)
    }

    @Test("why a file is to be trusted is told from root to the role that lists it")
    func explanation() throws {
        let index = try bench.verified(try BondedSite([wheel], by: .maintainers))
        let catalog = bench.catalog([index], InstallPolicy(requirement: .claim))
        let explanations = try #require(try catalog.explain(demo) { $0.filename == wheel.name })
        let lines = try #require(explanations.first).lines
        #expect(lines.count == 7)
        #expect(lines[0].hasPrefix("\(wheel.name)  (demo at http://127.0.0.1:"))
        let roles = [
            "  root v1 (offline)", "  -> targets v1 (offline)", "  -> claimed v1 (offline)",
            "  -> project-demo v1 (maintainers)",
        ]
        for (line, role) in zip(lines[1...], roles) { #expect(line.hasPrefix(role + ": ")) }
        #expect(lines[4].contains("1 of 1, signed by alice ("))
        #expect(lines[5] == "  -> sha256 \(Digest.sha256Hex(wheel.bytes)), \(wheel.bytes.count) bytes")
        #expect(lines[6].contains("maintainers vouch") && !lines[6].contains("not enough"))
        #expect(try bench.state.binding(of: demo) == nil, "asking why binds nothing")
        #expect(try catalog.explain(ProjectName("other")) { _ in true } == nil)
    }
}
