/// Which check a project transaction fails (PEP 480, "Snapshot Process"), in the words of a problem document
/// (RFC 9457).
package struct TransactionRefusal: Error, Hashable, Sendable {
    package enum Check: String, Hashable, Sendable, CaseIterable {
        /// Too few of the registered keys have signed.
        case threshold
        case signature
        case keyRepeated = "key-repeated"
        case keyUnknown = "key-unknown"
        case expired
        case version
        /// Lengths, hashes or names that are not those of the files.
        case targets
        /// A target outside `<project>/*`.
        case path
        case delegation
        /// An index page other than the one that the index renders.
        case page
        case maintainers
        /// The request itself.
        case draft
        /// Another draft of the project is live.
        case live
        case permission
        case notFound = "not-found"
        /// The registration of a public key.
        case key
    }

    package let check: Check
    /// The role whose metadata is refused.
    package let role: String?
    /// The offending value: a key ID, a path, a version.
    package let value: String?
    /// One sentence: what is wrong, and where it helps what to do next.
    package let detail: String

    package init(_ check: Check, role: String? = nil, value: String? = nil, _ detail: String) {
        self.check = check
        self.role = role
        self.value = value
        self.detail = detail
    }
}

extension TransactionRefusal: CustomStringConvertible {
    package var description: String { detail }
}
