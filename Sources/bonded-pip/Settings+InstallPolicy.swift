import ArgumentParser
import Installing
import Packaging

extension Settings {
    /// The policy of the settings, with what a command line adds.
    func installPolicy(require: RequiredVouching?, allowing names: [String]) throws -> InstallPolicy {
        var policy = policy
        if let require {
            policy.requirement = require
            policy.projects = [:]
        }
        for name in names {
            guard let project = try? ProjectName(name) else {
                throw ValidationError("--allow: '\(name)' is no name of a project.")
            }
            policy.allowed.insert(project)
        }
        return policy
    }
}
