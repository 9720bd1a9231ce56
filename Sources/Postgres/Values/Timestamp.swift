/// A moment, to the microsecond, as PostgreSQL's `timestamptz` keeps it.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let microsecondsSinceEpoch: Int

    package init(microsecondsSinceEpoch: Int) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    /// - Parameter secondsSinceEpoch: clamped to what microseconds in 64 bits can hold (292 000 years).
    package init(secondsSinceEpoch: Int) {
        let (product, overflow) = secondsSinceEpoch.multipliedReportingOverflow(by: 1_000_000)
        microsecondsSinceEpoch = overflow ? (secondsSinceEpoch < 0 ? .min : .max) : product
    }

    /// Whole seconds, rounded down.
    package var secondsSinceEpoch: Int {
        let (quotient, remainder) = microsecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }
}

extension Timestamp {
    /// 2000-01-01T00:00:00Z, PostgreSQL's own epoch.
    private static let epochOffset = 946_684_800_000_000

    /// Kept off both ends, which mean infinity; the server refuses everything near them as out of range.
    var microsecondsSince2000: Int {
        let (difference, overflow) = microsecondsSinceEpoch.subtractingReportingOverflow(Self.epochOffset)
        return overflow ? .min + 1 : min(max(difference, .min + 1), .max - 1)
    }

    /// `nil` for the infinities and for what does not fit.
    init?(microsecondsSince2000: Int) {
        guard microsecondsSince2000 != .min, microsecondsSince2000 != .max else { return nil }
        let (sum, overflow) = microsecondsSince2000.addingReportingOverflow(Self.epochOffset)
        guard !overflow else { return nil }
        self.init(microsecondsSinceEpoch: sum)
    }
}
