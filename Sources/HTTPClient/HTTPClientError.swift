/// Why a request brought no answer, or none that can be used.
package enum HTTPClientError: Error, Hashable, Sendable {
    /// An answer that is not the one that was wanted; `said` is its first line, where it is plain text.
    case status(Int, address: String, said: String?)
    case tooLong(address: String, maxBytes: Int)
    /// Fewer bytes than ``HTTPClient/Patience`` asks for, for as long as it waits.
    case tooSlow(address: String, seconds: Int)
    /// No answer, or a broken one.
    case unreachable(address: String, reason: String)
}

extension HTTPClientError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .status(let status, let address, let said):
            "\(address) answers with status \(status)" + (said.map { ": \($0)" } ?? "")
        case .tooLong(let address, let maxBytes): "\(address) sends more than the \(maxBytes) bytes expected"
        case .tooSlow(let address, let seconds): "\(address) is too slow: given up after \(seconds) s"
        case .unreachable(let address, let reason): "cannot reach \(address): \(reason)"
        }
    }
}
