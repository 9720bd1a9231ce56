import Foundation
package import Packaging
package import TUF

/// An index that projects are installed from.
package protocol InstallIndex: Sendable {
    var pinned: PinnedIndex { get }

    /// The page of a project as it is now.
    ///
    /// - Returns: nil where the index has no such project, on the word of whoever vouches for it.
    func page(of project: ProjectName) throws(InstallError) -> IndexPage?

    /// A distribution that a page lists.
    ///
    /// - Returns: nil where there is no such file.
    func file(_ file: SimplePage.File, on page: IndexPage) throws(InstallError) -> IndexFile?

    /// The core metadata of a distribution, for which the page vouches by its hash.
    func metadata(of file: SimplePage.File, on page: IndexPage) throws(InstallError) -> IndexFile?
}

/// A project's page, and on whose word.
package struct IndexPage: Sendable {
    package let project: ProjectName
    package let index: PinnedIndex
    package let page: SimplePage
    /// From `.targets` to the role that lists the page; empty where nobody vouches for it.
    package let chain: [RoleName]
    /// Where the page itself is: its links are relative to that.
    let location: URL

    package var vouching: Vouching {
        index.isVerified ? Vouching(chain: chain, to: project) : .nobody
    }
}

/// A file, and on whose word.
package struct IndexFile: Sendable {
    package let content: CachedFile
    package let sha256: String
    package let vouching: Vouching
    /// The accounts of the maintainers who signed for it, in order.
    package let accounts: [String]
}
