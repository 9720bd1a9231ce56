import Foundation
package import Packaging
import TUF
import TUFRepository

/// Why a file is to be trusted, for a person to read.
package struct Explanation: Sendable {
    package let project: ProjectName
    package let index: PinnedIndex
    package let filename: String
    package let sha256: String
    package let size: Int?
    /// From root to the role that lists the file; empty where nobody vouches for it.
    package let links: [ChainLink]
    package let vouching: Vouching
    package let requirement: RequiredVouching
    package let yanked: ProjectPage.Yanked

    /// One line for each role, then the file, then what follows from it.
    package var lines: [String] {
        var lines = ["\(filename)  (\(project) at \(index.address.absoluteString))"]
        for (depth, link) in links.enumerated() {
            lines.append((depth == 0 ? "  " : "  -> ") + Self.text(of: link))
        }
        let size = size.map { ", \($0) bytes" } ?? ""
        lines.append((links.isEmpty ? "  " : "  -> ") + "sha256 \(sha256)\(size)")
        if case .yes(let reason) = yanked { lines.append("  yanked" + (reason.map { ": \($0)" } ?? "")) }
        lines.append("  " + verdict)
        return lines
    }

    private static func text(of link: ChainLink) -> String {
        let signers = link.signers.map { signer in
            let key = String(signer.key.hex.prefix(8))
            return signer.account.map { "\($0) (\(key))" } ?? key
        }
        let kind =
            switch link.role {
            case .root, .targets, .claimed, .unclaimed: " (offline)"
            case .recentlyClaimed: " (online)"
            default:
                if ProjectRole.project(of: link.role) != nil {
                    " (maintainers)"
                } else if ClaimedShard.number(of: link.role) != nil {
                    " (offline)"
                } else {
                    " (online)"
                }
            }
        return "\(link.role) v\(link.version)\(kind): \(link.threshold) of \(link.keyCount), signed by "
            + "\(signers.joined(separator: ", ")), good until \(link.expires)"
    }

    private var verdict: String {
        let word =
            switch vouching {
            case .nobody:
                "Nobody vouches for it: the index has no TUF metadata. Only the page's hash holds it."
            case .index: "The index's online keys vouch for it."
            case .claim:
                "Its maintainers vouch for it; an online key of the index names their keys (claimed recently)."
            case .maintainers: "Its maintainers vouch for it, with keys that offline keys name."
            }
        return requirement.isMet(by: vouching)
            ? word : word + " That is not enough: --require \(requirement.rawValue)."
    }
}
