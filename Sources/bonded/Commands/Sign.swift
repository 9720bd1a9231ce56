import ArgumentParser
import Logging
import Signing
import TUF
import Warehouse

struct Sign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the snapshot process: sign what was uploaded and keep signatures fresh.",
        discussion: """
            The only process that opens the online keys. One leads, any number stand by. The keys' passphrase comes
            from signing.passphrase_file, or else from the environment variable BONDED_ONLINE_PASSPHRASE.
            """)

    @OptionGroup var settings: SettingsOption

    @Flag(name: .customLong("until-stdin-closes"), help: .hidden)
    var stopsWithParent = false

    func run() async throws {
        let signals = StopSignals(watchesInput: stopsWithParent)
        let settings = try settings.load()
        let logger = settings.makeLogger("bonded.sign")
        let passphrase = try settings.signing.passphraseFile.map { file throws(SigningError) in
            try Passphrase(file: file)
        }
        let keyring = try OnlineKeyring(
            directory: settings.signing.keyring,
            passphrase: passphrase ?? Passphrase(environmentVariable: "BONDED_ONLINE_PASSPHRASE"))
        let process = SnapshotProcess(
            warehouse: try await settings.openWarehouse(logger), keyring: keyring,
            settings: .init(
                supersededGrace: settings.signing.supersededGrace, keyOverlap: settings.signing.keyOverlap),
            now: { .now })

        let running = Task { await process.run() }
        let reason = await signals.wait()
        logger.info("stopping", metadata: ["because": "\(reason.rawValue)"])
        running.cancel()
        await running.value
    }
}
