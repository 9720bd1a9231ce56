import Admin
import ArgumentParser
import Ceremony
import Foundation
import TUF

struct Initialize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Begin the repository with the result of `seal ceremony`.",
        discussion: """
            Verifies the bundle, stores the metadata that was signed offline, and copies the encrypted online keys to
            signing.keyring unless that folder exists. Keep the bundle's offline-keys away from this machine.
            """)

    @Argument(help: "The folder that `seal ceremony` made.")
    var bundle: String

    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let settings = try settings.load()
        let bundle = try CeremonyBundle(reading: bundle, now: .now)
        let warehouse = try await settings.openWarehouse(settings.makeLogger("bonded.init"))
        try await CeremonyImport(warehouse: warehouse).run(bundle, keyring: settings.signing.keyring)
        print(
            """
            The repository begins with root \(bundle.rootFingerprint).
            Next: start `bonded sign` and `bonded serve`, and give clients \(bundle.directory)/metadata/1.root.json.
            """)
    }
}

extension MetadataTime {
    /// The system clock's time.
    static var now: MetadataTime { MetadataTime(secondsSinceEpoch: Int(Date().timeIntervalSince1970)) }
}
