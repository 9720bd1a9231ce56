/// Why a ceremony's plan was refused: which file, which key in it, and what is wrong there.
package struct PlanRefusal: Error, Hashable, Sendable {
    package let file: String
    /// The path of the key, such as `root.threshold`; empty for the document as a whole.
    package let key: String
    package let reason: Reason

    package enum Reason: Error, Hashable, Sendable {
        case tooLong(maxBytes: Int)
        case notUTF8
        case notYAML(problem: String)
        case missing
        case unknownKey(allowed: [String])
        case wrongType(expected: String)
        case invalidHolderName(String)
        case holderTwice(String)
        case impossibleThreshold(Int, holders: Int)
        case impossibleBinCount(Int)
        case impossibleExpiry(days: Int, allowed: ClosedRange<Int>)
    }
}

extension PlanRefusal: CustomStringConvertible {
    package var description: String {
        key.isEmpty ? "\(file): \(reason)" : "\(file): \(key): \(reason)"
    }
}

extension PlanRefusal.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let maxBytes): "longer than \(maxBytes) bytes"
        case .notUTF8: "not UTF-8 text"
        case .notYAML(let problem): "not YAML: \(problem)"
        case .missing: "is missing"
        case .unknownKey(let allowed): "is not a known key; known here: \(allowed.joined(separator: ", "))"
        case .wrongType(let expected): "must be \(expected)"
        case .invalidHolderName(let name):
            "'\(name)' cannot name a holder: 1 to 64 of a-z 0-9 . _ -, the first a letter or digit"
        case .holderTwice(let name): "names '\(name)' twice"
        case .impossibleThreshold(let threshold, let holders):
            "the threshold \(threshold) must be at least 1 and at most the number of holders, \(holders)"
        case .impossibleBinCount(let count):
            "\(count) is not a power of two from \(BinCount.allowed.lowerBound) to \(BinCount.allowed.upperBound)"
        case .impossibleExpiry(let days, let allowed):
            "\(days) days is outside \(allowed.lowerBound) to \(allowed.upperBound)"
        }
    }
}
