import Glibc
import HTTPMessage

/// The time, read once for each turn of a loop.
struct LoopClock {
    /// Nanoseconds of the monotonic clock.
    private(set) var now: Int64 = 0
    /// Seconds since 1970.
    private var seconds = 0
    /// The `Date` and `Server` lines.
    private(set) var standingLines: [UInt8] = []
    /// The second, as access lines show it.
    private(set) var logTime: [UInt8] = []
    private let serverLine: String

    init(serverName: String) {
        serverLine = Headers([("Server", serverName)]).description
    }

    mutating func refresh() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        if time.tv_sec != seconds || standingLines.isEmpty { enterSecond(time.tv_sec) }
    }

    private mutating func enterSecond(_ second: Int) {
        seconds = second
        standingLines = Array("Date: \(HTTPDate.text(second))\r\n\(serverLine)\r\n".utf8)
        logTime = Array(HTTPDate.timestamp(second).utf8)
    }
}

/// A configuration's durations as the loops compare them.
struct LoopLimits {
    let headTimeout: Int64
    let bodyTimeout: Int64
    let idleTimeout: Int64
    let writeTimeout: Int64
    let lingerTimeout: Int64
    /// Bytes that must have moved within a body's or a response's window.
    let minimumBodyBytes: Int
    let minimumWriteBytes: Int
    let sweepInterval: Int64
    /// How long a drain waits for clients that have connected and not asked yet.
    let drainGrace: Int64

    init(_ configuration: ServerConfiguration) {
        headTimeout = configuration.headTimeout.clampedNanoseconds
        bodyTimeout = configuration.bodyTimeout.clampedNanoseconds
        idleTimeout = configuration.idleTimeout.clampedNanoseconds
        writeTimeout = configuration.writeTimeout.clampedNanoseconds
        lingerTimeout = configuration.lingerTimeout.clampedNanoseconds
        let shortest = min(headTimeout, bodyTimeout, idleTimeout, writeTimeout, lingerTimeout)
        sweepInterval = min(max(shortest / 4, 5_000_000), 500_000_000)
        drainGrace = min(500_000_000, headTimeout)
        minimumBodyBytes = Self.bytes(configuration.minimumRate, bodyTimeout)
        minimumWriteBytes = Self.bytes(configuration.minimumRate, writeTimeout)
    }

    private static func bytes(_ rate: Int, _ nanoseconds: Int64) -> Int {
        max(1, Int(Double(max(1, rate)) * Double(nanoseconds) / 1e9))
    }
}

extension Duration {
    /// Between 1 ms and a year, so that sums with a clock cannot overflow.
    var clampedNanoseconds: Int64 {
        let year: Int64 = 365 * 86_400
        let (seconds, attoseconds) = components
        guard seconds < year else { return year * 1_000_000_000 }
        guard seconds >= 0 else { return 1_000_000 }
        return max(1_000_000, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
