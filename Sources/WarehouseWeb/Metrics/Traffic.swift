import HTTPMessage
import Synchronization

/// What one serving process has answered since it started.
final class Traffic: Sendable {
    /// A part of the site.
    enum Area: String, CaseIterable, Sendable {
        case simple, packages, tuf, upload, api, other

        init(path: String) {
            let first = path.utf8.dropFirst().prefix { $0 != UInt8(ascii: "/") }
            self =
                switch String(Substring(first)) {
                case "simple": .simple
                case "packages": .packages
                case "tuf": .tuf
                case "legacy": .upload
                case "api", "admin": .api
                default: .other
                }
        }
    }

    struct Counts: Sendable {
        /// By hundreds of the status, 1…5.
        var statuses = [Int](repeating: 0, count: 6)
        var cached = 0
        /// Of what was not answered from memory: how many took no longer than each of the bounds.
        var durations = [Int](repeating: 0, count: Traffic.bounds.count)
        var measured = 0
        var seconds = 0.0
    }

    /// Seconds.
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let counts = Mutex([Area: Counts]())

    func countCached(_ head: RequestHead, _ status: Status) {
        counts.withLock { counts in
            counts[Area(path: head.path), default: Counts()].cached += 1
            counts[Area(path: head.path), default: Counts()].statuses[status.code / 100] += 1
        }
    }

    func count(_ head: RequestHead, _ status: Status, took: Duration) {
        let seconds = took / .seconds(1)
        counts.withLock { counts in
            var area = counts[Area(path: head.path)] ?? Counts()
            area.statuses[status.code / 100] += 1
            area.measured += 1
            area.seconds += seconds
            for (place, bound) in Self.bounds.enumerated() where seconds <= bound {
                area.durations[place] += 1
            }
            counts[Area(path: head.path)] = area
        }
    }

    var now: [(area: Area, counts: Counts)] {
        let counts = counts.withLock { $0 }
        return Area.allCases.compactMap { area in counts[area].map { (area, $0) } }
    }
}
