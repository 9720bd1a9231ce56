import Foundation
import HTTPClient
import Packaging
import TUFClient

/// Core metadata beside a distribution, `<url>.metadata` (PEP 658): held to the hash that the page has for it.
struct SidecarMetadata {
    let client: HTTPClient
    let cache: FileCache

    /// Our own limit, in bytes.
    private static let maxBytes = 16 << 20

    /// - Returns: nil where the page names none, or no hash of it that we can hold it to.
    func fetch(_ file: SimplePage.File, _ page: IndexPage, vouching: Vouching) throws -> IndexFile? {
        guard case .present(let hashes) = file.coreMetadata, let sha256 = hashes["sha256"],
            let link = page.page.url(of: file, at: page.location.absoluteString),
            var parts = URLComponents(string: link)
        else { return nil }
        (parts.fragment, parts.percentEncodedPath) = (nil, parts.percentEncodedPath + ".metadata")
        guard let address = parts.url else { return nil }
        do {
            let content = try cache.file(sha256) { sink in
                if try client.fetch(address, atMost: Self.maxBytes, received: sink) == nil {
                    throw UpdaterError.missing(address: address.absoluteString)
                }
            }
            return IndexFile(content: content, sha256: sha256, vouching: vouching, accounts: [])
        } catch CacheError.wrongDigest {
            throw InstallError.wrongContent(index: page.index.address, path: "\(file.filename).metadata")
        }
    }
}
