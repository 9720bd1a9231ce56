/// Why the warehouse could not do what was asked, apart from refused uploads.
package enum WarehouseError: Error, Hashable, Sendable {
    case accountNameInvalid(String)
    case tokenUnknown(String)
    case tokenLabelInvalid
    case fileUnknown(project: String, filename: String)
    case repositoryExists
    case repositoryMissing
    case keyNotInRole(role: String, keyID: String)
    case metadataMissing(role: String)
    /// Another process published while this one believed itself the leader.
    case leadershipLost
    case archiveNameTaken(String)
    /// A row that this very transaction wrote or relies on is not there.
    case rowMissing
    /// The snapshot process refused to publish what it had made.
    case selfCheckFailed(String)
}

extension WarehouseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .accountNameInvalid(let name):
            "'\(name)' is not an account name: use 1 to 64 lower-case letters, digits, '-', '_' or '.'"
        case .tokenUnknown(let id):
            "there is no token '\(id)'; `bonded admin token list` shows them"
        case .tokenLabelInvalid:
            "a token's label has at most \(Warehouse.maxTokenLabel) characters, none of them a control character"
        case .fileUnknown(let project, let filename):
            "project '\(project)' has no public file '\(filename)'"
        case .repositoryExists:
            "this database already holds a repository; a ceremony is imported once"
        case .repositoryMissing:
            "this database holds no repository yet; run `seal ceremony`, then `bonded init`"
        case .keyNotInRole(let role, let keyID):
            "the online key \(keyID) is not among the keys of role '\(role)': is this the keyring of this repository?"
        case .metadataMissing(let role):
            "there is no current metadata of role '\(role)' in the database"
        case .leadershipLost:
            "another snapshot process published in the meantime"
        case .archiveNameTaken(let name):
            "a snapshot is archived as '\(name)' already; choose another --name"
        case .rowMissing:
            "the database lacks a row that it must have; was it changed by hand?"
        case .selfCheckFailed(let reason):
            "the new snapshot does not verify and was not published: \(reason)"
        }
    }
}
