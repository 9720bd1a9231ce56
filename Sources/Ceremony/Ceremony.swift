package import Signing
package import TUF
import TUFRepository

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
        let (keys, signed) = try make(plan, now, cost, offlinePassphrase, onlinePassphrase)
        let writer = BundleWriter(
            files: signed.files.map { ("\(CeremonyBundle.metadata)/\($0.name)", $0.bytes) } + keys.files
                + [(CeremonyBundle.manifestName, signed.manifest.encoded())],
            subdirectories: [CeremonyBundle.metadata, CeremonyBundle.onlineKeys, CeremonyBundle.offlineKeys])
        try writer.write(to: directory) { unfinished throws(CeremonyError) in
            _ = try CeremonyBundle(reading: unfinished, now: now)
        }
        return try CeremonyBundle(reading: directory, now: now)
    }

    /// Goes through a ceremony, the verification of its result included, and keeps nothing: no file is written.
    ///
    /// - Parameters: as for ``hold(plan:now:directory:cost:offlinePassphrase:onlinePassphrase:)``.
    /// - Throws: `.signing`, `.metadata`, `.bundle`.
    package static func rehearse(
        plan: CeremonyPlan, now: MetadataTime, cost: KeyDerivationCost = .standard,
        offlinePassphrase: (_ holder: HolderName) throws(SigningError) -> Passphrase,
        onlinePassphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) {
        let (_, signed) = try make(plan, now, cost, offlinePassphrase, onlinePassphrase)
        let bytes = Dictionary(
            signed.files.map { ($0.role, $0.bytes) }, uniquingKeysWith: { first, _ in first })
        do throws(BundleFault) {
            _ = try VerifiedMetadata(
                root: bytes[.root] ?? [], targets: bytes[.targets] ?? [], claimed: bytes[.claimed] ?? [],
                unclaimed: bytes[.unclaimed] ?? [], manifest: signed.manifest, now: now)
        } catch {
            throw .bundle(path: "the rehearsal", fault: error)
        }
    }

    private static func make(
        _ plan: CeremonyPlan, _ now: MetadataTime, _ cost: KeyDerivationCost,
        _ offlinePassphrase: (_ holder: HolderName) throws(SigningError) -> Passphrase,
        _ onlinePassphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) -> (CeremonyKeys, SignedCeremony) {
        let keys: CeremonyKeys
        do {
            var holders: [(name: HolderName, passphrase: Passphrase)] = []
            for name in plan.holders { holders.append((name: name, passphrase: try offlinePassphrase(name))) }
            keys = try CeremonyKeys(holders: holders, onlinePassphrase: try onlinePassphrase(), cost: cost)
        } catch {
            throw .signing(error)
        }
        return (keys, try SignedCeremony(plan, keys: keys, now: now))
    }
}
