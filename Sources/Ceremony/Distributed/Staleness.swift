package import TUF

/// Why something that is carried between the steps of a ceremony comes too late, or too early.
package enum Staleness: Error, Hashable, Sendable {
    case tooOld(made: MetadataTime)
    case fromTheFuture(made: MetadataTime)

    /// Our own limits. What was forgotten in a drawer must not come into a ceremony later, with keys that nobody looks
    /// after; clocks of machines without a network may be a day off.
    package static let maxAgeDays = 30
    static let maxSkewSeconds = 86_400

    static func check(made: MetadataTime, at now: MetadataTime) throws(Staleness) {
        guard now.advanced(bySeconds: -maxAgeDays * 86_400) <= made else { throw .tooOld(made: made) }
        guard made <= now.advanced(bySeconds: maxSkewSeconds) else { throw .fromTheFuture(made: made) }
    }
}

extension Staleness: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooOld(let made): "was made at \(made), more than \(Self.maxAgeDays) days ago"
        case .fromTheFuture(let made):
            "was made at \(made), which is still to come: look at this machine's clock"
        }
    }
}
