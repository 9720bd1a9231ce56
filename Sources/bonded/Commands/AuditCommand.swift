import ArgumentParser
import Foundation
import Signing
import Synchronization
import TUF
import Warehouse

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Hash everything that the index keeps and hold it against the signed metadata and the log.",
        discussion: """
            Starts from a root that you trust, better not the index's own copy. Reports what is missing, changed, \
            unreferenced or does not verify, a line each, and exits with 1 where there is anything. The index goes on \
            meanwhile.
            """)

    @Option(help: ArgumentHelp("A root's metadata that you trust.", valueName: "file"))
    var root: String
    @Option(
        help: ArgumentHelp("Report what differs from an archived snapshot, too.", valueName: "file"))
    var against: String?
    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let bar = AuditBar()
        let warehouse = try await settings.warehouse()
        let trusted = try PrivateFile.bytes(of: root, maxBytes: 512_000, forbidding: .nobody)
        var audit = Audit(
            of: warehouse,
            report: { bar.report("\($0.kind.rawValue)  \($0.subject)  \($0.detail)") },
            progress: { bar.draw($0, of: $1) })
        let summary = try await audit.run(
            trustedRoot: trusted, now: .now)
        bar.erase()
        if let against {
            for change in try await warehouse.compare(withArchive: against, trustedRoot: trusted) {
                bar.report(
                    "\(change.kind.rawValue)  \(change.path)  since the archive: \(change.archived ?? "nothing") -> \(change.current ?? "nothing")"
                )
            }
        }
        print(
            "snapshot \(summary.snapshotVersion): \(summary.roles) roles, \(summary.pages) pages, \(summary.files) files "
                + "(\(summary.bytes) bytes), \(summary.blobs) blobs, \(summary.logEntries) log entries")
        guard bar.findings == 0 else {
            print("\(bar.findings) findings")
            throw ExitCode.failure
        }
        print("all of it is as it was signed")
    }
}

/// Findings on standard output, and on a terminal a bar below them.
private final class AuditBar: Sendable {
    private let state = Mutex((findings: 0, percent: -1))
    private let isTerminal = isatty(STDERR_FILENO) == 1

    var findings: Int { state.withLock { $0.findings } }

    func report(_ line: String) {
        erase()
        print(line)
        state.withLock { $0.findings += 1 }
    }

    func draw(_ bytes: Int, of total: Int) {
        guard isTerminal else { return }
        let percent = min(100, bytes * 100 / max(total, 1))
        let isNew = state.withLock { state in
            defer { state.percent = percent }
            return state.percent != percent
        }
        guard isNew else { return }
        let bar = String(repeating: "#", count: percent / 4).padding(
            toLength: 25, withPad: "-", startingAt: 0)
        write("\r[\(bar)] \(percent) % of \(total / 1_000_000) MB ")
    }

    func erase() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
