package import Signing
package import TUF
package import TUFRepository

/// Why a ceremony was not prepared, signed or brought to its end.
package enum DraftFault: Error, Hashable, Sendable {
    // Reading a draft.

    case notADraft
    case unsupportedVersion
    /// A member is missing, not known or unusable.
    case malformed(field: String)
    case malformedContribution(ContributionFault)
    case otherPlan(drafted: String, yours: String)
    case stale(Staleness)

    // The keys.

    case contribution(HolderName, ContributionFault)
    case missingContributions([HolderName])
    case contributedTwice(HolderName)
    /// An online key is not there, or no Ed25519 key.
    case unusableOnlineKey(OnlineRole)
    /// One key for two holders or online roles, which would let it count twice.
    case sharedKey(String, String)
    /// The plan and its keys cannot be put into metadata.
    case metadata(MetadataError)

    // Signing.

    /// The draft gives the holder another key than the one that is to sign.
    case otherKey(HolderName, drafted: KeyID, yours: KeyID)
    case signedAlready(HolderName)
    /// The draft is not the one that people have agreed on.
    case otherFingerprint(found: String)

    // The end.

    /// The signed copy of another draft.
    case otherDraft(expected: String, found: String)
    /// A signature that is not by a key of the role, or not over what the draft makes.
    case badSignature(RoleName, KeyID)
    /// Signatures are missing on some of the holder's roles, or the time of signing is.
    case partlySigned(HolderName)
    /// An online key file holds another key than the draft names.
    case otherOnlineKey(OnlineRole)
    /// - Parameter progress: for people, how far each role is.
    case incomplete(progress: [String], waitsFor: [HolderName])
    case refused(TransactionRefusal)
}

extension DraftFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notADraft: "is no draft of a ceremony; `seal ceremony prepare` makes one"
        case .unsupportedVersion: "is a draft of another version of this program; prepare it with this one"
        case .malformed(let field): "'\(field)' is missing or unusable: \(Self.carryAgain)"
        case .malformedContribution(let fault): "a contribution in it \(fault)"
        case .otherPlan(let drafted, let yours):
            "is for another plan (sha256 \(drafted)) than yours (\(yours)): find out with the operator why the two files "
                + "differ, and do not sign before"
        case .stale(let staleness): "\(staleness); have the operator prepare the ceremony again"
        case .contribution(let holder, let fault): "the contribution of '\(holder)' \(fault)"
        case .missingContributions(let holders):
            "the plan names holders whose contribution is not there: \(Self.list(holders)); give one file of each with "
                + "--contribution"
        case .contributedTwice(let holder):
            "two contributions name '\(holder)': find out with the holder which is theirs, and give that alone"
        case .unusableOnlineKey(let role):
            "the online key '\(role.rawValue)' is missing or unusable: \(Self.carryAgain)"
        case .sharedKey(let first, let second):
            "'\(first)' and '\(second)' have one and the same key: each needs their own"
        case .metadata(let error): "the plan makes no valid metadata: \(error)"
        case .otherKey(let holder, let drafted, let yours):
            "gives '\(holder)' the key \(drafted), and yours is \(yours): either this is not the key that you contributed, "
                + "or somebody has put theirs in its place"
        case .signedAlready(let holder): "'\(holder)' has signed this copy already; carry it on"
        case .otherFingerprint(let found):
            "its fingerprint is \(found): this is not the draft that you agreed on, and nothing was signed"
        case .otherDraft(let expected, let found):
            "is signed over another draft (\(found)) than the one prepared here (\(expected)): it was prepared twice, or "
                + "altered on the way; have this one signed"
        case .badSignature(let role, let key):
            "the signature of key \(key) on '\(role.text)' is not over this draft by a key of that role: "
                + Self.carryAgain
        case .partlySigned(let holder):
            "does not have all the signatures of '\(holder)', or not when they signed: \(Self.carryAgain)"
        case .otherOnlineKey(let role):
            "online-keys/\(role.fileName): not the key that the draft names; prepare the ceremony again"
        case .incomplete(let progress, let holders):
            "signatures are missing: \(progress.joined(separator: "; ")). Not signed yet: \(Self.list(holders)). Carry the "
                + "draft to one of them, then give what they sign with --signed"
        case .refused(let refusal): refusal.detail
        }
    }

    private static let carryAgain = "the file was altered on the way; carry it again"

    private static func list(_ holders: [HolderName]) -> String {
        holders.map(\.text).joined(separator: ", ")
    }
}
