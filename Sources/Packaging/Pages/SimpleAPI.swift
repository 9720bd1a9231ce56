/// Facts of the simple repository API that pages and routes share.
package enum SimpleAPI {
    /// PEP 833 froze HTML at this version.
    package static let version = "1.4"

    /// What a client of ours says it takes, JSON first.
    package static let accepted =
        "\(MediaType.json.rawValue), \(MediaType.html.rawValue);q=0.2, \(MediaType.plainHTML.rawValue);q=0.1"
}

extension SimpleAPI {
    /// What pages come as (simple repository API, "Content-Types").
    package enum MediaType: String, CaseIterable, Hashable, Sendable {
        case plainHTML = "text/html"
        case html = "application/vnd.pypi.simple.v1+html"
        case json = "application/vnd.pypi.simple.v1+json"

        /// What `latest` stands for; it is answered with the version's own type.
        private static let aliases: [String: MediaType] = [
            "application/vnd.pypi.simple.latest+html": .html,
            "application/vnd.pypi.simple.latest+json": .json,
        ]

        /// What a client may ask for, the first preferred where it likes several equally.
        package static let offers = allCases.map(\.rawValue) + aliases.keys.sorted()

        /// - Returns: nil for what is not among ``offers``.
        package static func named(_ type: String) -> MediaType? { MediaType(rawValue: type) ?? aliases[type] }

        /// The value of a `Content-Type` field.
        package var contentType: String {
            switch self {
            case .plainHTML: "text/html; charset=utf-8"
            case .html, .json: rawValue
            }
        }
    }
}

/// A moment as the simple API writes it: UTC with microseconds.
struct UploadTime {
    /// Since 1970.
    let microseconds: Int

    /// `2026-01-02T03:04:05.000006Z`
    var text: String {
        let perDay = 86_400_000_000
        let ofDay = ((microseconds % perDay) + perDay) % perDay
        let (year, month, day) = Self.date(daysSince1970: (microseconds - ofDay) / perDay)
        let seconds = ofDay / 1_000_000
        return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2) + "T"
            + Self.padded(seconds / 3600, 2) + ":" + Self.padded(seconds / 60 % 60, 2) + ":"
            + Self.padded(seconds % 60, 2) + "." + Self.padded(ofDay % 1_000_000, 6) + "Z"
    }

    /// Whether a text is a moment as pages write it: `2026-01-02T03:04:05Z`, with up to six digits of a second's
    /// fraction or none.
    ///
    /// - Source: PEP 700.
    static func isWellFormed(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let shape = Array("0000-00-00T00:00:00".utf8)
        guard bytes.count > shape.count, bytes.last == "Z",
            zip(bytes, shape).allSatisfy({ $1 == "0" ? $0.isDigit : $0 == $1 })
        else { return false }
        let fraction = bytes[shape.count...].dropLast()
        guard fraction.isEmpty || fraction.first == "." && (2...7).contains(fraction.count),
            fraction.dropFirst().allSatisfy(\.isDigit)
        else { return false }
        let number = { (range: Range<Int>) in
            bytes[range].reduce(0) { $0 * 10 + Int($1 - UInt8(character: "0")) }
        }
        let (year, month) = (number(0..<4), number(5..<7))
        guard year >= 1, (1...12).contains(month) else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (1...days).contains(number(8..<10)) && number(11..<13) < 24 && number(14..<16) < 60
            && number(17..<19) < 60
    }

    /// The Gregorian date, counted in 400-year eras that begin on 1 March.
    private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
