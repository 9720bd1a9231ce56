/// Something that is not as the signed metadata says.
package struct AuditFinding: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Listed, and not there.
        case missing
        /// There, with other bytes.
        case changed
        /// There, and nothing refers to it. Uploads of the last day may still be under way and are passed over.
        case unreferenced
        /// Metadata that does not verify from root.
        case untrusted
        /// The transaction log is broken or tells something else.
        case log
    }

    package let kind: Kind
    /// A target path, a blob's name, a role, a log entry.
    package let subject: String
    package let detail: String
}

/// What an audit looked at.
package struct AuditSummary: Hashable, Sendable {
    package var snapshotVersion = 0
    package var roles = 0
    package var files = 0
    package var pages = 0
    /// Of the blobs that were hashed.
    package var bytes = 0
    package var blobs = 0
    package var logEntries = 0
}
