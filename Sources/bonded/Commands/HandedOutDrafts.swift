import ArgumentParser
import Foundation
import Signing
import TUF
import TUFRepository

/// Where a procedure of several steps stands, as its command shows it.
enum ProcedureStep {
    /// Something happens by itself, in a moment.
    case soon(String)
    /// Something happens by itself, and takes a while.
    case later(String)
    /// People sign.
    case draft(any OfflineDraft, String)
    case finished(String)
}

/// What commands take that go through several drafts, one after another.
struct HandedOutDrafts: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder where drafts for the holders of offline keys go.", valueName: "folder")
    )
    var out = "."
    @Option(help: "How long offline metadata is good that is drafted on the way, in days.")
    var days = 365
    @Flag(name: .customLong("no-wait"), help: "Do what can be done now, say what is next, and stop.")
    var stopsWhereOthersAct = false

    func validate() throws {
        if !(1...1095).contains(days) { throw ValidationError("--days must be 1 to 1095") }
    }

    /// Goes on with a procedure until it is finished, or until others have to act.
    ///
    /// - Parameter advance: does what can be done now; nil where nothing is under way.
    /// - Throws: `ExitCode` 75 where others have to act and nobody is to wait for them.
    func follow(_ advance: (_ expires: MetadataTime) async throws -> ProcedureStep?) async throws {
        var shown = ""
        while let step = try await advance(MetadataTime.now.advanced(bySeconds: days * 86_400)) {
            let text: String
            switch step {
            case .finished(let what): return print(what)
            case .soon(let what), .later(let what): text = what
            case .draft(let draft, let what):
                text = try ([what, handOut(draft)] + draft.progress).joined(separator: "\n")
            }
            if text != shown { print(text) }
            fflush(nil)
            shown = text
            if stopsWhereOthersAct {
                switch step {
                case .draft, .later: throw ExitCode(EX_TEMPFAIL)
                case .soon, .finished: break
                }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Writes a draft to a file, unless it is there, and says what its holders do.
    private func handOut(_ draft: any OfflineDraft) throws -> String {
        let signed = draft.roles.sorted { $0.key < $1.key }.flatMap(\.value.signedBytes)
        let file = "\(out)/draft-\(Digest.sha256Hex(signed).prefix(12)).json"
        if !FileManager.default.fileExists(atPath: file) {
            try PrivateFile.create(file, contents: draft.encoded())
        }
        let names = draft.roles.keys.sorted().map(\.text).joined(separator: ", ")
        return """
            \(names): each holder signs with a root that they trust:
              seal sign \(file) --out signed.json --root 1.root.json --key FILE
            Then: bonded admin offline import signed.json
            """
    }
}
