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
    ///   - software: this program and its version, for the transcript.
    ///   - cost: what opening each key file costs.
    ///   - offlinePassphrase: asked once for each holder, in the plan's order.
    ///   - onlinePassphrase: asked once, for all online keys.
    /// - Throws: `.directoryExists`, `.signing`, `.draft`.
    package static func hold(
        plan: CeremonyPlan, now: MetadataTime, directory: String, software: String,
        cost: KeyDerivationCost = .standard,
        offlinePassphrase: (_ holder: HolderName) throws(SigningError) -> Passphrase,
        onlinePassphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) -> CeremonyBundle {
        guard !BundleWriter.isTaken(directory) else { throw .directoryExists(path: directory) }
        return try make(plan, now, software, cost, offlinePassphrase, onlinePassphrase)
            .write(to: directory, now: now)
    }

    /// Goes through a ceremony, the verification of its result included, and keeps nothing: no file is written.
    ///
    /// - Parameters: as for ``hold(plan:now:directory:software:cost:offlinePassphrase:onlinePassphrase:)``.
    /// - Throws: `.signing`, `.draft`, `.bundle`.
    package static func rehearse(
        plan: CeremonyPlan, now: MetadataTime, software: String, cost: KeyDerivationCost = .standard,
        offlinePassphrase: (_ holder: HolderName) throws(SigningError) -> Passphrase,
        onlinePassphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) {
        try make(plan, now, software, cost, offlinePassphrase, onlinePassphrase).verify(now: now)
    }

    private static func make(
        _ plan: CeremonyPlan, _ now: MetadataTime, _ software: String, _ cost: KeyDerivationCost,
        _ offlinePassphrase: (_ holder: HolderName) throws(SigningError) -> Passphrase,
        _ onlinePassphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) -> FinishedCeremony {
        var signers: [(holder: HolderName, key: SecretKey)] = []
        let online: NewOnlineKeys
        var files: BundleFiles
        do {
            var passphrases: [(holder: HolderName, passphrase: Passphrase)] = []
            for holder in plan.holders { passphrases.append((holder, try offlinePassphrase(holder))) }
            let onlinePassphrase = try onlinePassphrase()
            online = try NewOnlineKeys(passphrase: onlinePassphrase, cost: cost)
            files = online.files
            for (holder, passphrase) in passphrases {
                let new = try NewKey(label: holder.text, passphrase: passphrase, cost: cost)
                files[BundleFiles.offlineKey(holder)] = new.file
                signers.append((holder, new.key))
            }
        } catch {
            throw .signing(error)
        }

        var contributions: [Contribution] = []
        for (holder, key) in signers {
            contributions.append(try Contribution(by: holder, to: plan, with: key, now: now))
        }
        var draft: CeremonyDraft
        do {
            draft = try CeremonyDraft(
                CeremonyFacts(
                    Contributions(contributions, to: plan, at: now), onlineKeys: online.publicKeys,
                    created: now))
        } catch {
            throw .draft(path: nil, fault: error)
        }
        for (holder, key) in signers { draft = try draft.signed(by: holder, with: key, now: now) }
        return try FinishedCeremony(draft, .oneMachine, keys: files, by: software, now: now)
    }
}
