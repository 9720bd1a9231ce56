/// A moment as metadata writes it: UTC, whole seconds.
///
/// - Shape: `YYYY-MM-DDTHH:MM:SSZ`, a real date of the years 0001–9999, no leap seconds.
/// - Source: TUF §4.2.2.
package struct MetadataTime: Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z; negative before.
    package let secondsSinceEpoch: Int

    /// The last moment there is a notation for, 9999-12-31T23:59:59Z.
    package static let latest = MetadataTime(clamping: 253_402_300_799)

    /// The first, 0001-01-01T00:00:00Z.
    package static let earliest = MetadataTime(clamping: -62_135_596_800)

    /// - Parameter secondsSinceEpoch: moments outside the years 1–9999 become the nearest inside.
    package init(secondsSinceEpoch: Int) { self.init(clamping: secondsSinceEpoch) }

    private init(clamping seconds: Int) {
        secondsSinceEpoch = min(max(seconds, -62_135_596_800), 253_402_300_799)
    }

    /// - Throws: `.malformedTime` for any other notation and for dates that do not exist.
    package init(parsing text: String) throws(MetadataError) {
        guard let seconds = MetadataTime.seconds(in: Array(text.utf8)) else { throw .malformedTime(text) }
        self.init(clamping: seconds)
    }

    /// The moment `seconds` later, or earlier where negative.
    package func advanced(bySeconds seconds: Int) -> MetadataTime {
        let (sum, overflow) = secondsSinceEpoch.addingReportingOverflow(seconds)
        if overflow { return seconds < 0 ? .earliest : .latest }
        return MetadataTime(clamping: sum)
    }

    private static func seconds(in utf8: [UInt8]) -> Int? {
        let pattern = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
        guard utf8.count == pattern.count else { return nil }
        for (byte, expected) in zip(utf8, pattern) {
            let isRight =
                expected == UInt8(ascii: "d")
                ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == expected
            guard isRight else { return nil }
        }
        func number(_ range: Range<Int>) -> Int {
            utf8[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard year >= 1, (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60 else {
            return nil
        }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        // A day that its month does not have lands in the next month.
        guard civil(daysSinceEpoch: days) == (year, month, day) else { return nil }
        return ((days * 24 + hour) * 60 + minute) * 60 + second
    }

    /// Days from 1970-01-01 in the Gregorian calendar, by counting from 0000-03-01, so that a leap day ends a year.
    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date of a day, as the inverse of `daysSinceEpoch`.
    private static func civil(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }
}

extension MetadataTime: Comparable {
    package static func < (left: MetadataTime, right: MetadataTime) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }
}

extension MetadataTime: CustomStringConvertible {
    package var description: String {
        let secondOfDay = ((secondsSinceEpoch % 86_400) + 86_400) % 86_400
        let date = MetadataTime.civil(daysSinceEpoch: (secondsSinceEpoch - secondOfDay) / 86_400)
        func padded(_ value: Int, to width: Int = 2) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(date.year, to: 4))-\(padded(date.month))-\(padded(date.day))"
            + "T\(padded(secondOfDay / 3_600)):\(padded(secondOfDay / 60 % 60)):\(padded(secondOfDay % 60))Z"
    }
}
