package import TUFRepository
package import Warehouse

/// What became of signatures for the draft of offline metadata that is out.
package struct OfflinePublication: Sendable {
    package let draft: any OfflineDraft
    /// Whether there are enough of them.
    package let isSubmitted: Bool
    /// The snapshot that carries it; nil while none does.
    package let snapshot: Int?

    /// Hands signatures in and, where they are enough, waits until the metadata is public.
    ///
    /// - Parameters:
    ///   - patience: how long to wait at most.
    ///   - handIn: gives them to the warehouse.
    package init(
        in warehouse: Warehouse, within patience: Duration,
        handIn: () async throws -> (draft: any OfflineDraft, isSubmitted: Bool)
    ) async throws {
        let before = try await warehouse.publishedOffline()
        (draft, isSubmitted) = try await handIn()
        let deadline = ContinuousClock.now + patience
        var published: Int?
        while isSubmitted, published == nil, ContinuousClock.now < deadline {
            if let newest = try await warehouse.publishedOffline(), newest != before {
                published = newest
            } else {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        snapshot = published
    }
}
