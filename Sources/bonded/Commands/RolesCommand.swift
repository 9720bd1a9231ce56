import ArgumentParser
import Foundation
import TUF
import Warehouse

struct RolesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles", abstract: "The roles of the repository: how they stand, what they say.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show every role: version, expiry, who signs it, and what to worry about.",
            discussion: "Exits with 1 where something is of concern, for scripts that watch.")

        @Option(help: "Worry about offline metadata that expires within so many days.")
        var days = 45
        @Flag(help: "Show the key IDs as well.")
        var keys = false
        @Flag(help: "Show who delegates what to whom instead.")
        var tree = false
        @Option(help: "With --tree: the project after which to begin.")
        var after: String?
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let warehouse = try await settings.warehouse()
            if tree { return try await printTree(of: warehouse) }
            let now = MetadataTime.now
            let roles = try await warehouse.roles(now: now, notice: .seconds(days * 86_400))
            for role in roles {
                let left = (role.expires.secondsSinceEpoch - now.secondsSinceEpoch) / 86_400
                let who =
                    role.keys.map { "\($0.threshold) of \($0.keyIDs.count) keys" } ?? "their maintainers"
                let count =
                    role.count > 1 || role.keys == nil
                    ? "\(role.count) roles, first " : "version \(role.version), "
                print(
                    "\(role.name)  \(count)until \(role.expires) (\(left) days), \(role.isOffline ? "offline" : "online"), \(who)"
                )
                if keys { for id in role.keys?.keyIDs ?? [] { print("  key      \(id.hex)") } }
                for concern in role.concerns { print("  concern  \(concern)") }
            }
            if roles.contains(where: { !$0.concerns.isEmpty }) { throw ExitCode.failure }
        }

        private func printTree(of warehouse: Warehouse) async throws {
            let tree = try await warehouse.delegationTree(after: after, limit: 1000)
            for line in tree.root.lines { print(line) }
            if !tree.projects.isEmpty { print("") }
            for project in tree.projects {
                print(
                    "\(project.role)  by \(project.delegator), \(project.keys.summary), \(project.paths.summary)"
                )
                for id in project.keys.keyIDs { print("  key  \(id.hex)") }
            }
            if let next = tree.next { print("more with --after \(next)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a role's metadata, byte for byte as it is served.")

        @Argument(help: "The role, such as root or targets.")
        var role: String
        @Option(help: "Which version; without this the current one. Superseded ones are kept for a while.")
        var version: Int?
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            guard let stored = try await settings.warehouse().storedRole(RoleName(role), version: version)
            else {
                throw Refusal("there is no role '\(role)'" + (version.map { " of version \($0)" } ?? ""))
            }
            try FileHandle.standardOutput.write(contentsOf: Data(stored.bytes))
        }
    }
}

extension DelegationTree.Node {
    /// For people: itself, then its children, further in.
    fileprivate var lines: [String] {
        var facts = [keys.summary]
        if let paths { facts.append(paths.summary) }
        if let bins { facts.append("\(bins.binCount) hash bins \(bins.namePrefix)-…") }
        if terminating { facts.append("terminating") }
        if projects > 0 { facts.append("\(projects) projects") }
        let own = ["\(role)  \(facts.joined(separator: ", "))"] + keys.keyIDs.map { "  key  \($0.hex)" }
        return own + children.flatMap(\.lines).map { "    " + $0 }
    }
}

extension RoleKeys {
    fileprivate var summary: String { "\(threshold) of \(keyIDs.count) keys" }
}

extension DelegatedRole.Paths {
    fileprivate var summary: String {
        switch self {
        case .patterns(let patterns): "paths " + patterns.map(\.text).joined(separator: " ")
        case .hashPrefixes(let prefixes): "hashes " + prefixes.joined(separator: " ")
        }
    }
}
