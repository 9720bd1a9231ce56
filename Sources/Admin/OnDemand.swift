package import Warehouse

extension Warehouse {
    /// Has the snapshot process sign anew, and waits for it.
    ///
    /// - Returns: the new snapshot's version; nil where none came in time.
    package func renew(_ renewal: Renewal, within patience: Duration) async throws -> Int? {
        let before = try await requestRenewal(renewal)
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            let now = try await publicSnapshot()
            if now > before { return now }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}
