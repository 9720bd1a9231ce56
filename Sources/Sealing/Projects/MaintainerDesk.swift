import Foundation
import HTTPClient
package import Packaging
package import Signing
package import TUF
import TUFClient
package import TUFRepository

/// A maintainer at work on one index: asks for drafts, holds them to what was asked, signs, makes sure.
///
/// What the index says is believed only as far as clients would: the state before a change is the verified one.
package struct MaintainerDesk {
    /// A draft that changes what was asked for and nothing else.
    package struct Proposal: Sendable {
        package let waiting: IndexDraft
        package let review: DraftReview

        init(_ waiting: IndexDraft, after published: PublishedProject) throws(SealingError) {
            self.waiting = waiting
            do {
                review = try DraftReview(of: waiting.draft, after: published)
            } catch {
                throw .distrusted(error)
            }
        }

        func requireMaintainer(_ key: PublicKey) throws(SealingError) {
            let keys = (review.published.maintainers?.keys ?? []) + waiting.draft.maintainers.keys
            guard keys.contains(where: { $0.publicKey == key }) else {
                throw .notAMaintainer(keyID: key.id.hex, project: waiting.draft.project.normalized)
            }
        }
    }

    package enum Outcome: Hashable, Sendable {
        /// Public and verified, from root to the project's role.
        case published(snapshot: Int, chain: [RoleName])
        case staged(signedBy: Int, threshold: Int, until: String)
    }

    private let index: IndexConnection
    private var sealed: SealedIndex
    private let now: @Sendable () -> MetadataTime

    /// How long a signed draft may take until it is public.
    private static let patience = Duration.seconds(300)

    package init(index: IndexConnection, sealed: SealedIndex, now: @escaping @Sendable () -> MetadataTime) {
        self.index = index
        self.sealed = sealed
        self.now = now
    }

    /// The verified state of a project.
    package mutating func published(_ project: ProjectName) throws -> PublishedProject {
        try sealed.published(project)
    }

    /// Has the index draft changes. A draft of the same changes by the same account that was left half-way is taken up.
    ///
    /// - Parameter key: what will sign.
    /// - Throws: ``SealingError``: `.refused`; `.distrusted` and `.notAMaintainer`, and then the draft is dropped again.
    package mutating func propose(
        _ changes: ProjectChanges, of project: ProjectName, key: PublicKey
    ) throws -> Proposal {
        let waiting = try openOrTakeUp(changes, of: project)
        do {
            // While the draft is live nothing else of the project changes.
            let proposal = try Proposal(waiting, after: try sealed.published(project))
            do {
                try proposal.review.require(exactly: changes, now: now())
            } catch {
                throw SealingError.distrusted(error)
            }
            try proposal.requireMaintainer(key)
            return proposal
        } catch let error as SealingError {
            try? index.drop(draft: waiting.id)
            throw error
        }
    }

    /// The draft of a project that waits, as it differs from what is published.
    ///
    /// - Throws: ``SealingError``: `.nothingToSign`, `.distrusted`.
    package mutating func waiting(of project: ProjectName) throws -> Proposal {
        guard let waiting = try index.drafts().first(where: { $0.draft.project == project }) else {
            throw SealingError.nothingToSign("no draft of '\(project.normalized)' waits for a signature")
        }
        guard waiting.state == .staged else {
            throw SealingError.nothingToSign(
                "draft \(waiting.id) of '\(project.normalized)' is not complete: "
                    + "\(waiting.missingFiles.joined(separator: ", ")) has not come yet")
        }
        return try Proposal(waiting, after: try sealed.published(project))
    }

    /// Gives a proposal up, with the files that came for it.
    package func drop(_ proposal: Proposal) throws { try index.drop(draft: proposal.waiting.id) }

    /// Signs a proposal and hands it in, files first.
    ///
    /// - Parameters:
    ///   - sent: called with the bytes sent so far, and how many there are.
    ///   - received: called with the bytes that came while the published files are verified.
    package mutating func submit(
        _ proposal: Proposal, signer: any Signer, distributions: [LocalDistribution] = [],
        sent: @escaping (Int, Int) -> Void = { _, _ in },
        received: @escaping (Int) -> Void = { _ in }
    ) throws -> Outcome {
        let waiting = proposal.waiting
        try proposal.requireMaintainer(signer.publicKey)
        let signature = try signer.sign(waiting.draft.signedBytes)
        var answer: IndexDraft
        let missing = distributions.filter { waiting.missingFiles.contains($0.facts.filename) }
        if missing.isEmpty {
            answer = try index.sign(draft: waiting.id, signature)
        } else {
            let archive = try TransactionFile(of: waiting.draft, signature: signature, distributions: missing)
            answer = try index.send(draft: waiting.id, archive: archive.location) {
                sent($0, archive.size)
            }
        }
        let deadline = ContinuousClock.now + Self.patience
        while answer.state == .submitted, ContinuousClock.now < deadline {
            Thread.sleep(forTimeInterval: 0.5)
            answer = try index.draft(waiting.id)
        }
        switch answer.state {
        case .published:
            guard answer.draft.signedBytes == waiting.draft.signedBytes, let snapshot = answer.snapshot else {
                throw SealingError.unexpectedAnswer("another draft than the one that was signed")
            }
            try sealed.verify(waiting.draft, files: proposal.review.added, received: received)
            return .published(snapshot: snapshot, chain: sealed.chain(to: waiting.draft.project))
        case .staged:
            return .staged(
                signedBy: answer.signedBy, threshold: answer.threshold, until: answer.expiresAt)
        case .open:
            throw SealingError.unexpectedAnswer("files are still missing")
        case .submitted:
            throw SealingError.notReachable(
                "draft \(waiting.id) has its signatures and waits for its snapshot; is `bonded sign` running?"
            )
        }
    }

    private func openOrTakeUp(
        _ changes: ProjectChanges, of project: ProjectName
    ) throws -> IndexDraft {
        do {
            return try index.openDraft(changes, of: project)
        } catch let error as SealingError {
            guard case .refused(_, _, .live, let value) = error, let id = value.flatMap({ Int($0) }),
                let live = try? index.draft(id), live.changes == changes,
                live.account == (try index.account()), live.draft.targets.expires > now()
            else { throw error }
            return live
        }
    }
}
