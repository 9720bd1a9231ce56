package import Foundation
package import HTTPClient
package import Packaging
package import TUF
package import TUFClient

/// Why something is not handed on to an installer, or a command of `bonded-pip` is not carried out.
package enum InstallError: Error, Sendable {
    case unusableAddress(String)
    case alreadyPinned(URL)
    case notPinned(URL)
    case noIndexes
    case unreadableState(path: String)
    /// The root that an index offers is not the one that was asked for.
    case wrongFingerprint(index: URL, expected: String, actual: String)

    /// Metadata of an index breaks a rule of TUF. `clock` is what the server says the time is.
    case distrusted(index: URL, MetadataError, now: MetadataTime, clock: MetadataTime?)
    /// Metadata or a file that the index must have is not there.
    case missing(index: URL, address: String)
    case unsettled(index: URL)
    case unreachable(index: URL, HTTPClientError)
    /// A file or page is not the one that the index's metadata, or its page, names.
    case wrongContent(index: URL, path: String)
    /// A page that cannot be read.
    case unreadablePage(index: URL, project: ProjectName, SimplePageError)
    /// A page that is another project's.
    case otherProject(index: URL, project: ProjectName, named: String)

    /// Too weak a word for what is required.
    case insufficient(index: URL, project: ProjectName, RequiredVouching, Vouching)
    /// The name belongs to an index that has it no more (`found` is nil), or another one has it as well by now.
    case boundElsewhere(project: ProjectName, bound: URL, found: URL?)
    /// What an installer asks of the proxy that is another server's.
    case otherServer(String)
    case folder(FolderError)
}

extension InstallError {
    /// What went wrong while `index` was asked.
    package init(_ error: any Error, at index: URL, now: MetadataTime, clock: MetadataTime?) {
        self =
            switch error {
            case let error as InstallError: error
            case let error as MetadataError: .distrusted(index: index, error, now: now, clock: clock)
            case UpdaterError.missing(let address): .missing(index: index, address: address)
            case UpdaterError.unsettled: .unsettled(index: index)
            case let error as HTTPClientError: .unreachable(index: index, error)
            case let error as FolderError: .folder(error)
            case let error as PackagingError: .unusableAddress("\(error)")
            default:
                .unreachable(index: index, .unreachable(address: index.absoluteString, reason: "\(error)"))
            }
    }

    /// What kind of refusal this is: exit status and HTTP status follow from it.
    package enum Kind: Hashable, Sendable {
        case usage, configuration, distrusted, unreachable, policy, system
    }

    package var kind: Kind {
        switch self {
        case .unusableAddress, .alreadyPinned, .notPinned, .noIndexes: .usage
        case .unreadableState: .configuration
        case .distrusted, .missing, .unsettled, .wrongContent, .unreadablePage, .otherProject,
            .wrongFingerprint:
            .distrusted
        case .unreachable(_, let error):
            switch error {
            case .tooLong: .distrusted
            case .status, .tooSlow, .unreachable: .unreachable
            }
        case .insufficient, .boundElsewhere, .otherServer: .policy
        case .folder: .system
        }
    }
}
