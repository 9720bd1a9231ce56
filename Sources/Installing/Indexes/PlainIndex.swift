import Foundation
package import HTTPClient
package import Packaging
package import TUF
import TUFClient

/// An index without TUF, named as such: its pages are taken at its word, its files held to the hashes on them.
package final class PlainIndex: InstallIndex {
    package let pinned: PinnedIndex
    private let client: HTTPClient
    private let downloads: Downloads
    private let now: @Sendable () -> MetadataTime

    /// Bytes; our own limits.
    private static let maxPageBytes = 64 << 20
    private static let maxFileBytes = 16 << 30

    package init(
        _ pinned: PinnedIndex, cache: FileCache, client: HTTPClient,
        now: @escaping @Sendable () -> MetadataTime
    ) {
        self.pinned = pinned
        downloads = Downloads(client: client, cache: cache)
        self.client = client
        self.now = now
    }

    package func page(of project: ProjectName) throws(InstallError) -> IndexPage? {
        try reporting {
            let address = pinned.page(of: project)
            var request = HTTPClient.Request(address)
            request.headers["Accept"] = SimpleAPI.accepted
            let answer = try client.send(request, atMost: Self.maxPageBytes)
            switch answer.status {
            case 200: break
            case 404, 410: return nil
            default: throw answer.refusal(by: address)
            }
            let page: SimplePage
            do throws(SimplePageError) {
                let isJSON = answer.mediaType?.hasSuffix("json") ?? false
                page = try isJSON ? SimplePage(json: answer.body) : SimplePage(html: answer.body)
            } catch {
                throw InstallError.unreadablePage(index: pinned.address, project: project, error)
            }
            if let name = page.name, (try? ProjectName(name)) != project {
                throw InstallError.otherProject(index: pinned.address, project: project, named: name)
            }
            // What has no hash could be anything by the time it is asked for.
            let held = page.filtered { $0.hashes["sha256"] != nil }
            return IndexPage(project: project, index: pinned, page: held, chain: [], location: address)
        }
    }

    package func file(_ file: SimplePage.File, on page: IndexPage) throws(InstallError) -> IndexFile? {
        try reporting {
            guard let sha256 = file.hashes["sha256"],
                let link = page.page.url(of: file, at: page.location.absoluteString),
                let address = URL(string: link)
            else { return nil }
            let content = try downloads.fetch(
                sha256, from: address, atMost: file.size ?? Self.maxFileBytes, as: file.filename, of: pinned)
            return IndexFile(content: content, sha256: sha256, vouching: .nobody, accounts: [])
        }
    }

    package func metadata(of file: SimplePage.File, on page: IndexPage) throws(InstallError) -> IndexFile? {
        try reporting { try downloads.metadata(of: file, on: page) }
    }

    private func reporting<Result>(_ work: () throws -> Result) throws(InstallError) -> Result {
        do { return try work() } catch {
            throw InstallError(error, at: pinned.address, now: now(), clock: nil)
        }
    }
}
