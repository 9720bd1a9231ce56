import Foundation
import HTTPClient
import Packaging
import TUF

/// What a person reads: what was found, what it may mean, what to do.
extension InstallError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unusableAddress(let text): "'\(text)' is no address of an index: give that of its /simple/"
        case .alreadyPinned(let url):
            "\(url) is trusted already; to start over: bonded-pip trust remove \(url)"
        case .notPinned(let url): "\(url) is no index that you trust: see bonded-pip trust list"
        case .noIndexes: "you trust no index yet: bonded-pip trust add URL --root FILE"
        case .unreadableState(let path):
            "\(path) cannot be read: remove it, and add your indexes again with bonded-pip trust add"
        case .wrongFingerprint(let index, let expected, let actual):
            "the root that \(index) offers has the fingerprint \(actual), not \(expected): do not trust it, "
                + "and ask the index's operators"
        case .distrusted(let index, let error, let now, let clock):
            Self.text(index.absoluteString, error, now: now, clock: clock)
        case .missing(let index, let address):
            "\(address) is missing: \(index) is incomplete, or somebody keeps it from you; try again later"
        case .unsettled(let index): "\(index) changes faster than it can be followed: try again"
        case .unreachable(let index, let error): Self.text(index.absoluteString, error)
        case .wrongContent(let index, let path):
            "\(path) is not the file that \(index) vouches for: it was changed on its way or on the server; "
                + "nothing of it was handed on"
        case .unreadablePage(let index, let project, let error):
            "the page of \(project) at \(index) is not usable: \(error)"
        case .otherProject(let index, let project, let named):
            "the page of \(project) at \(index) is that of '\(named)'"
        case .insufficient(let index, let project, let requirement, let vouching):
            Self.text(index.absoluteString, project.display, requirement, vouching)
        case .boundElsewhere(let project, let bound, let found):
            if let found {
                "\(project) is bound to \(bound), and \(found), which is asked before it, has the name as well: "
                    + "somebody may want to slip you another package. If you want that one: "
                    + "bonded-pip trust forget \(project.normalized)"
            } else {
                "\(project) is bound to \(bound), which has it no more, and is not taken from another index. "
                    + "If that is meant: bonded-pip trust forget \(project.normalized)"
            }
        case .otherServer(let authority):
            "\(authority) is none of the indexes that you trust, and nothing is fetched from it: an option, a "
                + "requirements file or a direct URL names it. Add it with bonded-pip trust add, or leave it out"
        case .folder(let error): "\(error)"
        }
    }

    private static func text(
        _ index: String, _ error: MetadataError, now: MetadataTime, clock: MetadataTime?
    ) -> String {
        switch error {
        case .belowThreshold(let role, let valid, let threshold):
            "'\(role)' of \(index) is not signed by those you trust (\(valid) of \(threshold) signatures count): "
                + "it is forged or damaged. Nothing was handed on; tell the index's operators"
        case .rollback(let role, let trusted, let offered):
            "'\(role)' of \(index) is older than what was seen before (version \(offered), not \(trusted)): "
                + "the mirror is behind, or somebody shows you the past. Try again later, or another mirror"
        case .removedFromSnapshot(let role):
            "\(index) is older than what was seen before, or damaged: its snapshot lacks '\(role)', which an "
                + "earlier one had. Try again later, or another mirror"
        case .unexpectedVersion(let role, let expected, let found):
            "'\(role)' of \(index) has version \(found) where \(expected) belongs: parts of different times are "
                + "mixed, or it is older than what was seen before. Try again; if it stays, tell its operators"
        case .expired(let role, let expires):
            "'\(role)' of \(index) has expired at \(expires), and your clock says \(now)"
                + clockNote(now: now, clock: clock)
        case .wrongLength, .wrongHash:
            "a metadata file of \(index) is not the file that its snapshot or timestamp names (\(error)): "
                + "it was changed on its way or on the server"
        case .missingFromSnapshot(let role):
            "the snapshot of \(index) does not list '\(role)', which it needs: the index is damaged"
        default:
            "metadata of \(index) breaks a rule: \(error). It is damaged or forged; nothing was handed on"
        }
    }

    private static func text(_ index: String, _ error: HTTPClientError) -> String {
        switch error {
        case .tooLong(let address, let maxBytes):
            "\(address) is not the file that \(index) vouches for: it sends more than the \(maxBytes) bytes "
                + "expected; nothing of it was handed on"
        case .status, .tooSlow, .unreachable:
            "\(error); nothing can be verified without \(index): try again once it answers"
        }
    }

    /// Who is more likely wrong, this machine's clock or the index.
    private static func clockNote(now: MetadataTime, clock: MetadataTime?) -> String {
        guard let clock, abs(clock.secondsSinceEpoch - now.secondsSinceEpoch) > 300 else {
            return ": the index has not been signed for too long, or somebody holds back what is new. "
                + "Nothing was handed on; try again later, or tell its operators"
        }
        return ", the server's says \(clock): set your clock right, then try again"
    }

    private static func text(
        _ index: String, _ project: String, _ requirement: RequiredVouching, _ vouching: Vouching
    ) -> String {
        let required = "maintainers are required (--require \(requirement.rawValue))"
        let exception =
            "To accept it: --allow \(project); better: ask its maintainers to claim it with seal claim"
        return switch vouching {
        case .nobody: "\(project): \(index) has no TUF metadata, and its \(required)"
        case .index:
            "only the index's online keys vouch for \(project) at \(index), and its \(required). \(exception)"
        case .claim, .maintainers:
            "\(project) at \(index) was claimed recently: only the index's online keys vouch for its maintainers' "
                + "keys until the index signs `claimed` offline, and its \(required). To accept it: "
                + "--require claim, or --allow \(project)"
        }
    }
}
