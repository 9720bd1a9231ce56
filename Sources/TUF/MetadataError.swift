package import CanonicalJSON

/// Why metadata was refused.
package enum MetadataError: Error, Hashable, Sendable {
    // Reading a document.

    case malformedJSON(JSONError)
    case missingField(String)
    /// A field whose JSON type is another than the specification's.
    case wrongFieldType(String)
    case wrongDocumentType(expected: String, found: String)
    case unsupportedSpecVersion(String)
    case versionNotPositive(Int)
    case malformedTime(String)
    case malformedRoleName(String)
    case malformedMetaPath(String)
    case malformedKeyID(String)
    case malformedTargetPath(String)
    case malformedSignature(KeyID)
    case malformedHash(algorithm: String)
    case malformedHashPrefix(String)
    case noHashes
    case negativeLength(Int)
    case thresholdNotPositive(Int)
    case duplicateKeyID(KeyID)
    case duplicateSignature(KeyID)
    /// One public key under two IDs of one role, which would let it count twice.
    case duplicatePublicKey(KeyID, KeyID)
    case duplicateRole(RoleName)
    /// Root without one of the four top-level roles.
    case missingRole(RoleName)
    /// Root with a role that is not top-level.
    case unexpectedRole(String)
    /// A delegation to a top-level role's name.
    case reservedRoleName(RoleName)
    /// Both or neither of `paths` and `path_hash_prefixes`.
    case ambiguousPaths(RoleName)
    /// Both or neither of `roles` and `succinct_roles`.
    case ambiguousDelegations
    case bitLengthOutOfRange(Int)
    /// A timestamp that describes another file than `snapshot.json`, or does not describe it.
    case timestampMustListSnapshotOnly

    // Making a key.

    case malformedPublicKey

    // Trusting a document (specification §5).

    case belowThreshold(role: RoleName, valid: Int, threshold: Int)
    case notDelegated(RoleName, by: RoleName)
    case unexpectedVersion(role: RoleName, expected: Int, found: Int)
    case rollback(role: RoleName, trusted: Int, offered: Int)
    case removedFromSnapshot(RoleName)
    case missingFromSnapshot(RoleName)
    case expired(role: RoleName, at: MetadataTime)
    case wrongLength(expected: Int, found: Int)
    case wrongHash(algorithm: String)
    case unsupportedHashAlgorithm(String)
    /// An update that came before what it depends on, or after what depends on it.
    case outOfOrder(RoleName)
    /// A role whose delegator has not been loaded and verified.
    case delegatorNotTrusted(RoleName)
}
