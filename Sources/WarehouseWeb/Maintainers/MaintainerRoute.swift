import HTTPMessage
import Packaging
import TUF

/// What a maintainer asks for, below `/api/v1/`.
enum MaintainerRoute: Hashable {
    case account
    case keys
    case key(KeyID)
    case project(ProjectName)
    case projectDrafts(ProjectName)
    case drafts
    case draft(Int)
    case signatures(draft: Int)
    case transaction(draft: Int)

    /// - Parameter segments: of the path, after `/api/v1/`.
    init?(_ segments: [String]) {
        let count = segments.count
        switch segments.first {
        case "account" where count == 1: self = .account
        case "keys" where count == 1: self = .keys
        case "keys" where count == 2:
            guard let id = try? KeyID(segments[1]) else { return nil }
            self = .key(id)
        case "projects" where count == 2 || (count == 3 && segments[2] == "drafts"):
            guard let name = try? ProjectName(segments[1]) else { return nil }
            self = count == 2 ? .project(name) : .projectDrafts(name)
        case "drafts" where count == 1: self = .drafts
        case "drafts" where count == 2 || count == 3:
            guard let id = Int(segments[1]), id > 0, String(id) == segments[1] else { return nil }
            switch segments.dropFirst(2).first {
            case nil: self = .draft(id)
            case "signatures": self = .signatures(draft: id)
            case "transaction": self = .transaction(draft: id)
            default: return nil
            }
        default: return nil
        }
    }

    var allowedMethods: [Method] {
        switch self {
        case .account, .project, .drafts: [.get, .head]
        case .keys: [.get, .head, .post]
        case .draft: [.get, .head, .delete]
        case .key: [.delete]
        case .projectDrafts, .signatures, .transaction: [.post]
        }
    }
}
