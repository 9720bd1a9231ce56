import Foundation
package import HTTPClient
package import Packaging
import Synchronization
package import TUF
package import TUFClient
import TUFRepository

/// An index whose every page and file is verified from the root that it was pinned with.
package final class VerifiedIndex: InstallIndex {
    package let pinned: PinnedIndex
    package let updater: Updater
    private let downloads: Downloads
    private let freshness: Duration
    private let now: @Sendable () -> MetadataTime
    private let refreshing = SingleFlight<Bool>()
    private let refreshed = Mutex<ContinuousClock.Instant?>(nil)
    private let pages = Mutex<[String: SimplePage]>([:])

    /// Bytes of a page.
    private static let maxPageBytes = 64 << 20
    /// Pages kept parsed.
    private static let maxPages = 256
    /// How often to begin again with the latest timestamp where a file of a snapshot is gone (PEP 458, "Producing
    /// Consistent Snapshots").
    private static let maxAttempts = 3

    /// - Parameters:
    ///   - freshness: how old what is known of the index may be before its timestamp is asked for again.
    ///   - now: the time, for expiries.
    package init(
        _ pinned: PinnedIndex, state: InstallerState, cache: FileCache, client: HTTPClient,
        freshness: Duration,
        now: @escaping @Sendable () -> MetadataTime
    ) throws {
        self.pinned = pinned
        downloads = Downloads(client: client, cache: cache)
        self.freshness = freshness
        self.now = now
        let store = try state.trustStore(of: pinned)
        do {
            updater = try Updater(
                trustedRoot: state.root(of: pinned),
                repository: .init(metadata: pinned.metadata, targets: pinned.targets), store: store,
                client: client)
        } catch is MetadataError {
            throw try state.unreadableRoot(of: pinned, isStored: store.bytes(of: .root) != nil)
        }
    }

    /// Brings the metadata up to date, unless it is fresh enough.
    private func bringUpToDate(evenIfFresh: Bool) throws {
        try refreshing.alone(true) {
            let last = refreshed.withLock { $0 }
            if let last, !evenIfFresh, .now - last < freshness { return }
            let began = ContinuousClock.now
            try updater.refresh(now: now())
            refreshed.withLock { $0 = began }
        }
    }

    /// Looks a target up in an index that is up to date.
    ///
    /// - Returns: nil where no role lists it.
    package func find(_ project: ProjectName, _ filename: String) throws(InstallError) -> Updater.Found? {
        try withLatest {
            guard let path = try? TargetPath("\(project.normalized)/\(filename)") else { return nil }
            return try updater.find(path)
        }
    }

    package func page(of project: ProjectName) throws(InstallError) -> IndexPage? {
        try withLatest { () throws -> IndexPage? in
            let path = try TargetPath("\(project.normalized)/index.json")
            guard let found = try updater.find(path) else { return nil }
            return IndexPage(
                project: project, index: pinned, page: try read(found, project), chain: found.chain,
                location: pinned.page(of: project))
        }
    }

    package func file(_ file: SimplePage.File, on page: IndexPage) throws(InstallError) -> IndexFile? {
        try withLatest { () throws -> IndexFile? in
            guard let path = try? TargetPath("\(page.project.normalized)/\(file.filename)"),
                let found = try updater.find(path)
            else { return nil }
            let content = try fetch(found)
            return IndexFile(
                content: content, sha256: try digest(of: found),
                vouching: Vouching(chain: found.chain, to: page.project),
                accounts: Set(
                    (updater.trusted.links(along: found.chain).last?.signers ?? []).compactMap(\.account)
                ).sorted())
        }
    }

    package func metadata(of file: SimplePage.File, on page: IndexPage) throws(InstallError) -> IndexFile? {
        try reporting { try downloads.metadata(of: file, on: page) }
    }

    private func read(_ found: Updater.Found, _ project: ProjectName) throws -> SimplePage {
        let sha256 = try digest(of: found)
        if let known = pages.withLock({ $0[sha256] }) { return known }
        guard found.file.length <= Self.maxPageBytes else {
            throw HTTPClientError.tooLong(address: found.path.text, maxBytes: Self.maxPageBytes)
        }
        let bytes = try fetch(found).bytes()
        let page: SimplePage
        do { page = try SimplePage(json: bytes) } catch {
            throw InstallError.unreadablePage(index: pinned.address, project: project, error)
        }
        guard let name = page.name, (try? ProjectName(name)) == project else {
            throw InstallError.otherProject(index: pinned.address, project: project, named: page.name ?? "")
        }
        pages.withLock { pages in
            if pages.count >= Self.maxPages { pages = [:] }
            pages[sha256] = page
        }
        return page
    }

    private func fetch(_ found: Updater.Found) throws -> CachedFile {
        let content = try downloads.fetch(
            digest(of: found), from: updater.address(of: found), atMost: found.file.length,
            as: found.path.text,
            of: pinned)
        guard content.size == found.file.length else {
            throw InstallError.wrongContent(index: pinned.address, path: found.path.text)
        }
        return content
    }

    /// Every index of ours names this one.
    private func digest(of found: Updater.Found) throws -> String {
        guard let sha256 = found.file.hashes["sha256"] else {
            throw MetadataError.unsupportedHashAlgorithm(
                found.file.hashes.keys.sorted().joined(separator: ", "))
        }
        return sha256
    }

    /// Does work on fresh metadata; again, if a file of the snapshot is gone because a new one has come.
    private func withLatest<Result>(_ work: () throws -> Result) throws(InstallError) -> Result {
        for attempt in 1... {
            do {
                try bringUpToDate(evenIfFresh: attempt > 1)
                return try work()
            } catch UpdaterError.missing where attempt < Self.maxAttempts {
                continue
            } catch {
                throw described(error)
            }
        }
        throw InstallError.unsettled(index: pinned.address)
    }

    private func reporting<Result>(_ work: () throws -> Result) throws(InstallError) -> Result {
        do { return try work() } catch { throw described(error) }
    }

    private func described(_ error: any Error) -> InstallError {
        InstallError(error, at: pinned.address, now: now(), clock: updater.serverClock)
    }
}
