import CanonicalJSON
import Dispatch
import HTTPMessage
import Synchronization

/// Where access lines go: one for each request, written off the event loops.
///
/// As text: `peer time "METHOD target version" status bytes seconds "user agent"`; in quoted fields quotes,
/// backslashes, control and non-ASCII bytes appear as `\xNN`. As JSON: the same as members, with what every line of
/// the program's log has.
package final class AccessLog: Sendable {
    /// Bytes that may wait for a slow disk or pipe; lines beyond are dropped and counted.
    private static let maxPending = 8 << 20

    let format: LogFormat
    private let output: LogOutput
    private let queue = DispatchQueue(label: "access-log")
    private let pending = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    package init(_ output: LogOutput, format: LogFormat = .text) {
        self.output = output
        self.format = format
    }

    /// Bytes of lines that were dropped because the log's reader was too slow.
    package var droppedBytes: Int { dropped.load(ordering: .relaxed) }

    /// Hands whole lines over to be written.
    func append(_ lines: [UInt8]) {
        guard pending.load(ordering: .relaxed) + lines.count <= Self.maxPending else {
            dropped.add(lines.count, ordering: .relaxed)
            return
        }
        pending.add(lines.count, ordering: .relaxed)
        queue.async { [self] in
            dropped.add(output.write(lines), ordering: .relaxed)
            pending.subtract(lines.count, ordering: .relaxed)
        }
    }

    /// Returns when everything handed over before is written.
    func flush() async {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume() }
        }
    }
}

/// What one access line says.
struct AccessLogEntry {
    let method: String
    let target: String
    let version: String
    let userAgent: String?
    let status: Int
    /// Of the body, as far as it was handed to the kernel.
    var bytes: Int
    /// Nanoseconds of the monotonic clock.
    let startedAt: Int64

    init(_ head: RequestHead?, status: Int, bytes: Int, startedAt: Int64) {
        method = head?.method.rawValue ?? "-"
        target = head?.target ?? "-"
        version = head?.version.rawValue ?? "-"
        userAgent = head?.headers["User-Agent"]
        self.status = status
        self.bytes = bytes
        self.startedAt = startedAt
    }

    /// Appends the line.
    ///
    /// - Parameters:
    ///   - time: the wall clock, as text.
    ///   - elapsed: nanoseconds.
    func write(
        to buffer: inout [UInt8], as format: LogFormat, peer: String, time: [UInt8], elapsed: Int64
    ) {
        let microseconds = Int(max(0, elapsed) / 1000)
        switch format {
        case .text: writeText(to: &buffer, peer, time, microseconds)
        case .json: writeJSON(to: &buffer, peer, time, microseconds)
        }
    }

    private func writeJSON(to buffer: inout [UInt8], _ peer: String, _ time: [UInt8], _ microseconds: Int) {
        var line: JSONObject = [
            "time": .string(String(decoding: time, as: UTF8.self)), "level": "info", "label": "bonded.access",
            "message": "request", "peer": .string(peer), "method": .string(method),
            "target": .string(target), "version": .string(version), "status": .integer(status),
            "bytes": .integer(max(0, bytes)), "microseconds": .integer(microseconds),
        ]
        line["user_agent"] = userAgent.map { .string($0) }
        buffer.append(contentsOf: line.lineBytes())
    }

    private func writeText(to buffer: inout [UInt8], _ peer: String, _ time: [UInt8], _ microseconds: Int) {
        buffer.append(contentsOf: peer.utf8)
        buffer.append(" ")
        buffer.append(contentsOf: time)
        buffer.append(" \"")
        Self.escape(method, into: &buffer)
        buffer.append(" ")
        Self.escape(target, into: &buffer)
        buffer.append(" ")
        buffer.append(contentsOf: version.utf8)
        buffer.append("\" ")
        buffer.append(decimal: status)
        buffer.append(" ")
        buffer.append(decimal: max(0, bytes))
        buffer.append(" ")
        buffer.append(decimal: microseconds / 1_000_000)
        buffer.append(".")
        let fraction = String(microseconds % 1_000_000)
        buffer.append(contentsOf: repeatElement(0x30, count: 6 - fraction.utf8.count))
        buffer.append(contentsOf: fraction.utf8)
        buffer.append(" \"")
        Self.escape(userAgent ?? "-", into: &buffer)
        buffer.append("\"\n")
    }

    private static func escape(_ text: String, into buffer: inout [UInt8]) {
        for byte in text.utf8 {
            if byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C {
                buffer.append(byte)
            } else {
                buffer.append("\\x")
                for digit in [byte >> 4, byte & 15] {
                    buffer.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
                }
            }
        }
    }
}
