import Foundation
import Packaging
import Synchronization

/// What a proxy has handed on, on whose word, and what it has refused.
package final class Journal: Sendable {
    private struct State {
        /// By project and filename.
        var handedOn:
            [String: (project: ProjectName, vouching: Vouching, accounts: [String], index: String)] = [:]
        var hasServed = false
        var lastRefusal: InstallError?
        var said: Set<String> = []
    }

    /// Files, and refusals, that are remembered at most: a proxy may run for months.
    private static let capacity = 20_000

    private let state = Mutex(State())
    private let say: @Sendable (String) -> Void

    /// - Parameter say: shows a person a line, at once.
    package init(say: @escaping @Sendable (String) -> Void) {
        self.say = say
    }

    func handOn(_ file: IndexFile, named filename: String, on page: IndexPage) {
        state.withLock { state in
            if state.handedOn.count >= Self.capacity { state.handedOn = [:] }
            state.handedOn["\(page.project.normalized)/\(filename)"] = (
                page.project, file.vouching, file.accounts, page.index.address.absoluteString
            )
        }
    }

    /// Says each refusal once, however often a client tries.
    func refuse(_ error: InstallError) {
        let text = "\(error)"
        let isNew = state.withLock { state in
            state.lastRefusal = error
            if state.said.count >= Self.capacity { state.said = [] }
            return state.said.insert(text).inserted
        }
        if isNew { say(text) }
    }

    func serve() { state.withLock { $0.hasServed = true } }

    /// Whether a client has asked for anything.
    package var hasServed: Bool { state.withLock { $0.hasServed } }

    package var lastRefusal: InstallError? { state.withLock { $0.lastRefusal } }

    /// What was verified and by whom, in one line.
    package var summary: String {
        let files = state.withLock { $0.handedOn }.values.sorted { $0.project < $1.project }
        guard !files.isEmpty else { return "no file was fetched" }
        var parts: [String] = []
        for (vouching, what) in [
            (Vouching.maintainers, "signed by their maintainers"),
            (.claim, "signed by maintainers who claimed them recently"),
            (.index, "vouched for by"), (.nobody, "NOT VERIFIED: hash only, from"),
        ] {
            let those = files.filter { $0.vouching == vouching }
            guard !those.isEmpty else { continue }
            let words = vouching >= .claim ? Set(those.flatMap(\.accounts)) : Set(those.map(\.index))
            parts.append("\(those.count) \(what) (\(words.sorted().joined(separator: ", ")))")
        }
        let isVerified = files.allSatisfy { $0.vouching > .nobody }
        let projects = Set(files.map(\.project)).count
        return
            "\(isVerified ? "verified" : "handed on") \(files.count) \(files.count == 1 ? "file" : "files") of "
            + "\(projects) \(projects == 1 ? "project" : "projects"): \(parts.joined(separator: "; "))"
    }
}
