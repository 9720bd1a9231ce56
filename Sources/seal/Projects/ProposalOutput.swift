import ArgumentParser
import Foundation
import Packaging
import Sealing
import Signing
import Synchronization
import TUF
import TUFRepository

extension ProjectName: ExpressibleByArgument {
    public init?(argument: String) {
        guard let name = try? ProjectName(argument) else { return nil }
        self = name
    }
}

/// What one counts while bytes move, on a terminal's last line. Nothing where standard error is no terminal.
final class Progress: Sendable {
    private let verb: String
    private let total: Int
    private let done = Mutex((bytes: 0, shown: -1))

    init(_ verb: String, total: Int) {
        self.verb = verb
        self.total = max(total, 1)
    }

    func add(_ bytes: Int) { set { $0 + bytes } }

    func set(_ bytes: Int) { set { _ in bytes } }

    /// Takes the line away.
    func end() {
        if isatty(STDERR_FILENO) == 1, done.withLock({ $0.shown >= 0 }) { show("\r\u{1B}[K") }
    }

    private func set(_ update: (Int) -> Int) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let percent = done.withLock { state -> Int? in
            state.bytes = update(state.bytes)
            let percent = min(100, state.bytes * 100 / total)
            defer { state.shown = percent }
            return percent == state.shown ? nil : percent
        }
        guard let percent else { return }
        let bar = String(repeating: "=", count: percent / 4).padding(
            toLength: 25, withPad: " ", startingAt: 0)
        show("\r\(verb) [\(bar)] \(percent) % of \(total / 1000) kB")
    }

    private func show(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

extension MaintainerDesk {
    /// Proposes, shows, signs and reports one change.
    ///
    /// - Parameter question: what to ask before signing; without a yes the draft is dropped.
    mutating func change(
        _ project: ProjectName, _ changes: ProjectChanges, signer: any Signer,
        distributions: [LocalDistribution] = [], confirming question: String? = nil
    ) throws {
        let proposal = try propose(changes, of: project, key: signer.publicKey)
        do {
            print(heading(proposal))
            if let question { try TerminalPrompt().confirm(question) }
        } catch {
            try? drop(proposal)
            throw error
        }
        try sign(proposal, signer: signer, distributions: distributions)
    }

    /// Signs a proposal that was shown, and says what became of it.
    mutating func sign(
        _ proposal: Proposal, signer: any Signer, distributions: [LocalDistribution] = []
    ) throws {
        var sending: Progress?
        let verifying = Progress("verifying", total: proposal.review.added.reduce(0) { $0 + $1.size })
        let outcome = try submit(
            proposal, signer: signer, distributions: distributions,
            sent: { bytes, total in
                sending = sending ?? Progress("sending", total: total)
                sending?.set(bytes)
                if bytes >= total { sending?.end() }
            }, received: { verifying.add($0) })
        verifying.end()
        let project = proposal.waiting.draft.project.normalized
        switch outcome {
        case .published(let snapshot, let chain):
            print(
                "published with snapshot \(snapshot), verified \(chain.map(\.text).joined(separator: " > "))")
        case .staged(let signedBy, let threshold, let until):
            print("staged: \(signedBy) of \(threshold) have signed, nothing is public yet.")
            print("Another maintainer signs before \(until) with: seal cosign \(project)")
        }
    }
}

func heading(_ proposal: MaintainerDesk.Proposal) -> String {
    let waiting = proposal.waiting
    let title = "draft \(waiting.id) of \(waiting.draft.project.normalized), asked for by \(waiting.account)"
    return ([title] + proposal.review.lines.map { "  \($0)" }).joined(separator: "\n")
}
