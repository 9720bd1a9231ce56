package import TUFRepository

/// What an operator decides about projects that their maintainers sign for.
package struct ClaimRules: Sendable {
    /// How long a project's metadata is good once drafted.
    package var metadataLifetime: Duration
    /// How long a draft waits for its signatures.
    package var draftLifetime: Duration
    package var counting: Maintainers.Counting
    /// How many projects `claimed`, or a shard of it, may have.
    package var projectsPerRole = ClaimedRoles.standardShardSize

    package init(
        metadataLifetime: Duration = .seconds(365 * 86_400), draftLifetime: Duration = .seconds(14 * 86_400),
        counting: Maintainers.Counting = .accounts
    ) {
        self.metadataLifetime = metadataLifetime
        self.draftLifetime = draftLifetime
        self.counting = counting
    }
}
