/// Why a plan cannot be held to, however it was written.
package enum PlanRefusal: Error, Hashable, Sendable {
    case invalidHolderName(String)
    case noHolder
    case holderTwice(String)
    case impossibleThreshold(Int, holders: Int)
    case impossibleBinCount(Int)
}

extension PlanRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidHolderName(let name):
            "'\(name)' cannot name a holder: 1 to 64 of a-z 0-9 . _ -, the first a letter or digit"
        case .noHolder: "must name at least one holder"
        case .holderTwice(let name): "names '\(name)' twice"
        case .impossibleThreshold(let threshold, let holders):
            "the threshold \(threshold) must be at least 1 and at most the number of holders, \(holders)"
        case .impossibleBinCount(let count):
            "\(count) is not a power of two from \(BinCount.allowed.lowerBound) to \(BinCount.allowed.upperBound)"
        }
    }
}
