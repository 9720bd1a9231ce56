import ClientTestSupport
import Foundation
import HTTPClient
import HTTPServer
import Installing
import Logging
import Packaging
import Synchronization
import TUF
import Testing

/// What one user has: trust, a cache, a client, a clock.
struct Workbench {
    let folder: TemporaryFolder
    let state: InstallerState
    let cache: FileCache
    let client: HTTPClient
    let clock = Clock()
    private let sites = Sites()

    /// A clock that tests set.
    final class Clock: Sendable {
        private let time = Mutex(TestRepository.now)

        var now: MetadataTime {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }

    /// The servers of what is pinned: they run as long as the bench is there.
    private final class Sites: Sendable {
        let servers = Mutex<[FileServer]>([])
    }

    init(credentials: [URL: String] = [:]) throws {
        folder = try TemporaryFolder()
        state = try InstallerState(folder.path + "/state")
        cache = try FileCache(folder.path + "/cache", maxBytes: 1 << 20)
        client = HTTPClient(credentials: credentials)
    }

    /// Another process of the same user's.
    func otherState() throws -> InstallerState { try InstallerState(folder.path + "/state") }

    /// Pins a site's root, unless it is pinned.
    func verified(
        _ site: BondedSite, only patterns: [String] = [], freshness: Duration = .zero,
        state: InstallerState? = nil
    ) throws -> VerifiedIndex {
        let pinned = try PinnedIndex(
            address: site.simple, projects: patterns.map { try #require(NamePattern($0)) })
        sites.servers.withLock { $0.append(site.server) }
        let state = state ?? self.state
        if try !state.indexes().contains(pinned) {
            try state.add(pinned, root: site.repository.root(), isFirst: false)
        }
        return try VerifiedIndex(
            pinned, state: state, cache: cache, client: client, freshness: freshness,
            now: { [clock] in clock.now })
    }

    func plain(_ address: String, only patterns: [String] = []) throws -> PlainIndex {
        let pinned = try PinnedIndex(
            address: address, projects: patterns.map { try #require(NamePattern($0)) }, isVerified: false)
        return PlainIndex(pinned, cache: cache, client: client, now: { [clock] in clock.now })
    }

    func catalog(
        _ indexes: [any InstallIndex], _ policy: InstallPolicy = InstallPolicy(), state: InstallerState? = nil
    ) -> Catalog {
        Catalog(indexes, state: state ?? self.state, policy: policy)
    }

    /// The files that the cache keeps, by digest.
    var cached: [String] {
        get throws { try folder.names(in: "cache").filter { $0 != ".lock" } }
    }
}

/// A verifying proxy that listens.
struct RunningProxy {
    private let server: Server
    let journal: Journal
    let said: Said
    let secret: String?

    final class Said: Sendable {
        let lines = Mutex<[String]>([])
    }

    init(_ catalog: Catalog, secret: String? = nil) throws {
        let said = Said()
        let journal = Journal { line in said.lines.withLock { $0.append(line) } }
        (self.said, self.journal, self.secret) = (said, journal, secret)
        server = try Server(
            configuration: ServerConfiguration(loops: 1),
            handler: VerifyingProxy(
                catalog, journal: journal, pool: BlockingPool(label: "proxy", width: 16), secret: secret,
                host: "127.0.0.1"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
    }

    var port: Int { server.port }

    /// - Parameter path: below the secret, with its first slash.
    func get(_ path: String, _ headers: [String: String] = [:], method: String = "GET") throws -> RawAnswer {
        try RawAnswer(
            (secret.map { "/\($0)" } ?? "") + path, method: method, headers: headers, port: port)
    }
}

/// Expects work to be refused, and for which reason.
func expectRefusal(
    _ expected: InstallError, _ location: SourceLocation = #_sourceLocation, by work: () throws -> Any?
) {
    do {
        let result = try work()
        Issue.record("not refused: \(String(describing: result))", sourceLocation: location)
    } catch {
        // The payloads are errors of several modules: what a person reads tells all of them apart.
        #expect("\(error)" == "\(expected)", sourceLocation: location)
        #expect((error as? InstallError)?.kind == expected.kind, sourceLocation: location)
    }
}
