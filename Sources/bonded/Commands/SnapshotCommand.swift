import Admin
import ArgumentParser
import Warehouse

struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Have snapshot and timestamp signed anew now, changed or not.",
        discussion:
            "`bonded sign` renews everything by itself, in time. Exits with 1 where no snapshot process answers."
    )

    @Flag(help: "Sign recently-claimed and every bin anew, too.")
    var everything = false
    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let patience = try settings.load().upload.wait
        let version = try await settings.warehouse().renew(
            everything ? .everything : .snapshot, within: patience)
        guard let version else {
            throw Refusal("asked for, and no snapshot was made yet: is `bonded sign` running?")
        }
        print("snapshot \(version) is public")
    }
}
