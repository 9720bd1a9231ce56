import ArgumentParser
import TUF
import Warehouse

struct RolesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles",
        abstract: "Show every role: version, expiry, who signs it, and what to worry about.",
        discussion: "Exits with 1 where something is of concern, for scripts that watch.")

    @Option(help: "Worry about offline metadata that expires within so many days.")
    var days = 45
    @Flag(help: "Show the key IDs as well.")
    var keys = false
    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let now = MetadataTime.now
        let roles = try await settings.warehouse().roles(now: now, notice: .seconds(days * 86_400))
        for role in roles {
            let left = (role.expires.secondsSinceEpoch - now.secondsSinceEpoch) / 86_400
            let who = role.keys.map { "\($0.threshold) of \($0.keyIDs.count) keys" } ?? "their maintainers"
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
}
