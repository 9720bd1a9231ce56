import ClientTestSupport
import TUF
import TUFClient

extension TestRepository {
    /// A client that has loaded everything up to and including `last`.
    func client(upTo last: RoleName = .targets, now: MetadataTime = Self.now) throws -> TrustedMetadata {
        var client = try TrustedMetadata(trustedRoot: root(), now: now)
        if last == .root { return client }
        try client.updateTimestamp(timestamp())
        if last == .timestamp { return client }
        try client.updateSnapshot(snapshot())
        if last == .snapshot { return client }
        try client.updateTargets(targets())
        return client
    }
}

extension TrustedMetadata {
    /// Expects an update to be refused with `error` and to change nothing.
    func refuses(_ error: MetadataError, _ update: (inout TrustedMetadata) throws -> Void) -> Bool {
        var copy = self
        do {
            try update(&copy)
            return false
        } catch let found as MetadataError {
            return found == error && copy == self
        } catch {
            return false
        }
    }
}
