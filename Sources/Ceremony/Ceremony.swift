package import Signing
package import TUF

/// The first ceremony of an index: makes every key, signs the first offline metadata.
package enum Ceremony {
    /// Holds a ceremony on this machine, offline, and writes its bundle.
    ///
    /// All or nothing: every passphrase is taken before anything is made, every key file is opened once and the whole
    /// bundle verified before it gets its name.
    ///
    /// - Parameters:
    ///   - plan: who holds what.
    ///   - now: the ceremony's time; expiries count from it.
    ///   - directory: where the bundle goes; its parent exists, it does not.
    ///   - cost: what opening each key file costs.
    ///   - offlinePassphrase: asked once for each holder, in the plan's order.
    ///   - onlinePassphrase: asked once, for all online keys.
    /// - Throws: `.directoryExists`, `.signing`, `.metadata`.
    package static func hold(
        plan: CeremonyPlan, now: MetadataTime, directory: String, cost: KeyDerivationCost = .standard,
        offlinePassphrase: (_ holder: HolderName) throws(SigningError) -> Passphrase,
        onlinePassphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) -> CeremonyBundle {
        guard !BundleWriter.isTaken(directory) else { throw .directoryExists(path: directory) }
        let keys: CeremonyKeys
        do {
            var holders: [(name: HolderName, passphrase: Passphrase)] = []
            for name in plan.holders { holders.append((name: name, passphrase: try offlinePassphrase(name))) }
            keys = try CeremonyKeys(holders: holders, onlinePassphrase: try onlinePassphrase(), cost: cost)
        } catch {
            throw .signing(error)
        }
        let signed = try SignedCeremony(plan, keys: keys, now: now)

        let writer = BundleWriter(
            files: signed.files.map { ("\(CeremonyBundle.metadata)/\($0.name)", $0.bytes) } + keys.files
                + [(CeremonyBundle.manifestName, signed.manifest.encoded())],
            subdirectories: [CeremonyBundle.metadata, CeremonyBundle.onlineKeys, CeremonyBundle.offlineKeys])
        try writer.write(to: directory) { unfinished throws(CeremonyError) in
            _ = try CeremonyBundle(reading: unfinished, now: now)
        }
        return try CeremonyBundle(reading: directory, now: now)
    }
}
