import Foundation
import HTTPClient
import Packaging
import TUFClient

/// What indexes have, by its digest: from the cache, or fetched and verified.
struct Downloads {
    let client: HTTPClient
    let cache: FileCache

    /// Bytes of core metadata; our own limit.
    private static let maxMetadataBytes = 16 << 20

    /// - Parameters:
    ///   - sha256: which content.
    ///   - address: where it is, unless it is here.
    ///   - path: how a person knows it.
    /// - Throws: ``InstallError`` `.wrongContent` where something else is there; `UpdaterError.missing`,
    ///   `HTTPClientError`, ``CacheError``, `FolderError`.
    func fetch(
        _ sha256: String, from address: URL, atMost maxBytes: Int, as path: String, of index: PinnedIndex
    ) throws -> CachedFile {
        do {
            return try cache.file(sha256) { sink in
                if try client.fetch(address, atMost: maxBytes, received: sink) == nil {
                    throw UpdaterError.missing(address: address.absoluteString)
                }
            }
        } catch CacheError.wrongDigest {
            throw InstallError.wrongContent(index: index.address, path: path)
        }
    }

    /// The core metadata beside a distribution, `<url>.metadata` (PEP 658), held to the hash that the page has for it.
    ///
    /// - Returns: nil where the page names none, or no hash of it that we can hold it to.
    func metadata(of file: SimplePage.File, on page: IndexPage) throws -> IndexFile? {
        guard case .present(let hashes) = file.coreMetadata, let sha256 = hashes["sha256"],
            let link = page.page.url(of: file, at: page.location.absoluteString),
            var parts = URLComponents(string: link)
        else { return nil }
        (parts.fragment, parts.percentEncodedPath) = (nil, parts.percentEncodedPath + ".metadata")
        guard let address = parts.url else { return nil }
        let content = try fetch(
            sha256, from: address, atMost: Self.maxMetadataBytes, as: "\(file.filename).metadata",
            of: page.index)
        return IndexFile(content: content, sha256: sha256, vouching: page.vouching, accounts: [])
    }
}
