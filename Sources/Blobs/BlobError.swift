/// Why the blob store refused or failed.
package enum BlobError: Error, Hashable, Sendable {
    /// A system call failed. `operation` names it and its object; `code` is `errno` (`ENOSPC`, `EIO`…).
    case system(operation: String, code: Int32)
    /// Not 64 lowercase hexadecimal digits.
    case invalidDigest(String)
    /// Empty, too long, hidden, or with a `/` or a control character.
    case invalidFilename(String)
    /// Something other than a regular file (or a directory, on the way) stands in a blob's place.
    case notRegularFile(path: String)
    /// The bytes written do not hash to the name they were to be stored under.
    case digestMismatch(expected: String, actual: String)
    /// Other content is already stored under this name; it is left as it is.
    case conflict(path: String)
    /// The upload was already committed or discarded.
    case uploadClosed
}
