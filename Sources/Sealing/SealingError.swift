package import TUFRepository

/// Why a maintainer's work with an index stops.
package enum SealingError: Error, Hashable, Sendable {
    /// The index refuses; `refusal` where it says which check failed.
    case refused(status: Int, detail: String, check: TransactionRefusal.Check?, value: String?)
    /// An answer that this program cannot read.
    case unexpectedAnswer(String)
    case unusableAddress(String)
    /// What the index drafted or published is not what it should be. Nothing was signed.
    case distrusted(TransactionRefusal)
    case notUsable(file: String, reason: String)
    /// Distributions of several projects in one transaction.
    case severalProjects([String])
    case notClaimed(String)
    case notAMaintainer(keyID: String, project: String)
    case nothingToSign(String)
    /// Signed and accepted, and not to be found where clients look.
    case notReachable(String)
}

extension SealingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(_, let detail, _, _): detail
        case .unexpectedAnswer(let what): "the index answers with something else than expected: \(what)"
        case .unusableAddress(let address):
            "'\(address)' is no address of an index: give something like https://packages.example.org"
        case .distrusted(let refusal): "nothing was signed: \(refusal.detail)"
        case .notUsable(let file, let reason): "\(file): \(reason)"
        case .severalProjects(let names):
            "one transaction is about one project, these files are of \(names.joined(separator: ", "))"
        case .notClaimed(let project):
            "'\(project)' is not claimed: add --claim to claim it with these files, or run `seal claim \(project)`"
        case .notAMaintainer(let keyID, let project):
            "key \(keyID) does not sign for '\(project)'; a maintainer adds it with "
                + "`seal maintainers \(project) --add \(keyID)`"
        case .nothingToSign(let what): what
        case .notReachable(let what): "published, but a client does not find it: \(what)"
        }
    }
}
