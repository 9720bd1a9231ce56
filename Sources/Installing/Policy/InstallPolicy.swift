package import Packaging

/// Who must vouch for which project.
package struct InstallPolicy: Hashable, Sendable {
    /// For projects that no pattern names.
    package var requirement: RequiredVouching
    /// The longest pattern that matches decides.
    package var projects: [NamePattern: RequiredVouching]
    /// Names that need nobody but the index, whatever the rest says.
    package var allowed: Set<ProjectName>

    package init(
        requirement: RequiredVouching = .index, projects: [NamePattern: RequiredVouching] = [:],
        allowed: Set<ProjectName> = []
    ) {
        self.requirement = requirement
        self.projects = projects
        self.allowed = allowed
    }

    package func requirement(for project: ProjectName) -> RequiredVouching {
        if allowed.contains(project) { return .index }
        let matching = projects.filter { $0.key.matches(project) }
        let longest = matching.max {
            ($0.key.text.utf8.count, $0.key.text) < ($1.key.text.utf8.count, $1.key.text)
        }
        return longest?.value ?? requirement
    }
}
