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
}
