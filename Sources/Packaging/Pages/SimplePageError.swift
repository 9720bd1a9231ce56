package import CanonicalJSON

/// Why bytes are no project page of the simple API that we can read.
package enum SimplePageError: Error, Hashable, Sendable {
    /// A page longer than the limit, in bytes.
    case tooLarge(limit: Int)
    /// More files than the limit.
    case tooManyFiles(limit: Int)
    /// A name, link, reason or the like longer than the limit, in bytes.
    case textTooLong(limit: Int)
    case notUTF8
    case malformedJSON(JSONError)
    /// A member that is missing or of another type than the specification's.
    case wrongMember(String)
    /// An API version that is not of the form `Major.Minor`.
    case malformedVersion(String)
    /// An API version with another major part than 1.
    case unsupportedVersion(String)
}

extension SimplePageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let limit): "The page exceeds \(limit) bytes"
        case .tooManyFiles(let limit): "The page lists more than \(limit) files"
        case .textTooLong(let limit): "The page has a value of more than \(limit) bytes"
        case .notUTF8: "The page is not valid UTF-8"
        case .malformedJSON(let error): "The page is not valid JSON: \(error)"
        case .wrongMember(let name): "The page has no valid \(PythonText.repr(name))"
        case .malformedVersion(let text):
            "The page's API version is not Major.Minor: \(PythonText.repr(text))"
        case .unsupportedVersion(let text):
            "The page is of version \(PythonText.repr(text)) of the simple API, of which only 1.x is known"
        }
    }
}
