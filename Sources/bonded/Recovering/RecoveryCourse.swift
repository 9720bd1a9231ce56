import Foundation
import TUF
import TUFRepository
import Warehouse

/// A recovery from wherever it is to its end, as its commands show it.
struct RecoveryCourse {
    let warehouse: Warehouse
    let trustedRoot: [UInt8]
    let archive: String?
    let drafts: HandedOutDrafts

    func follow() async throws {
        var isUnderWay = false
        try await drafts.follow { expires in
            guard let standing = try await warehouse.advanceRecovery(expires: expires) else {
                guard isUnderWay else { throw Refusal("no recovery is under way; --compromised begins one") }
                return nil
            }
            isUnderWay = true
            switch standing.step {
            case .restoring:
                try await restore(standing.stored)
                return .soon("the rows of the index are restored")
            case .makingKeys: return .soon("`bonded sign` makes the new keys")
            case .signatures(let draft): return .draft(draft, "a draft waits for signatures")
            case .publishing: return .soon("the signed draft goes with the next snapshot")
            case .signing: return .soon("everything is being signed with the new keys")
            case .finished:
                let snapshot = try await warehouse.verifyPublicSnapshot(trustedRoot: trustedRoot)
                return .finished("recovered: snapshot \(snapshot) verifies from your root")
            }
        }
    }

    private func restore(_ stored: StoredPlan) async throws {
        if stored.knownGood != nil, archive == nil {
            throw Refusal("the recovery began with an archive: give it again, with --known-good FILE")
        }
        let isTerminal = isatty(STDERR_FILENO) == 1
        let report = try await warehouse.restore(fromArchive: archive, trustedRoot: trustedRoot) {
            done, total in
            guard isTerminal else { return }
            FileHandle.standardError.write(Data("\r\(done) of \(total) projects ".utf8))
        }
        guard let report else { return }
        for (word, paths) in [
            ("removed  ", report.removed), ("restored ", report.restored), ("lost     ", report.lost),
            ("unclaimed", report.unclaimed), ("pushed   ", report.pushed),
        ] {
            for path in paths { print("\(word)  \(path)") }
        }
        if !report.lost.isEmpty {
            print(
                "What is lost is in no blob any more; its maintainers, or a backup, may have it. It can be uploaded again."
            )
        }
    }
}
