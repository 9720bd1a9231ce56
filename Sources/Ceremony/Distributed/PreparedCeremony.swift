package import Signing
package import TUF

/// A ceremony of several machines, on the operator's: its draft, which is carried to the holders, and the online keys,
/// which stay.
///
/// ```
/// draft.json
/// online-keys/{timestamp,snapshot,recently-claimed,bins}.key
/// ```
package struct PreparedCeremony {
    package let draft: CeremonyDraft
    private let keys: BundleFiles

    package static let draftName = "draft.json"

    /// Makes the online keys and the draft.
    ///
    /// - Parameters:
    ///   - now: the ceremony's time; expiries count from it.
    ///   - onlinePassphrase: asked once.
    /// - Throws: `.draft`, `.signing`.
    package init(
        _ contributions: Contributions, now: MetadataTime, cost: KeyDerivationCost = .standard,
        onlinePassphrase: () throws(SigningError) -> Passphrase
    ) throws(CeremonyError) {
        let online: NewOnlineKeys
        do { online = try NewOnlineKeys(passphrase: onlinePassphrase(), cost: cost) } catch {
            throw .signing(error)
        }
        do {
            draft = try CeremonyDraft(
                CeremonyFacts(contributions, onlineKeys: online.publicKeys, created: now))
        } catch {
            throw .draft(path: nil, fault: error)
        }
        keys = online.files
    }

    /// Writes draft and online keys to a new directory, whole or not at all.
    ///
    /// - Throws: `.directoryExists`, `.signing`.
    package func write(to directory: String) throws(CeremonyError) {
        var files = keys
        files[Self.draftName] = draft.encoded()
        let (plan, created) = (draft.plan, draft.created)
        try BundleWriter(files: files).write(to: directory) { unfinished throws(CeremonyError) in
            _ = try PreparedCeremony(reading: unfinished, plan: plan, now: created)
        }
    }

    /// Reads the directory and checks that the online keys are those of the draft.
    ///
    /// - Throws: `.draft`, `.signing`, `.bundle` for an online key file that is none.
    package init(reading directory: String, plan: CeremonyPlan, now: MetadataTime) throws(CeremonyError) {
        draft = try CeremonyDraft(reading: "\(directory)/\(Self.draftName)", plan: plan, now: now)
        var keys = BundleFiles()
        try keys.readOnlineKeys(below: directory)
        for role in OnlineRole.allCases {
            let file: KeyFile
            do { file = try keys.key(at: BundleFiles.onlineKey(role)) } catch {
                throw .bundle(path: directory, fault: error)
            }
            guard file.publicKey == draft.facts.onlineKeys[role] else {
                throw .draft(path: directory, fault: .otherOnlineKey(role))
            }
        }
        self.keys = keys
    }

    /// The bundle's files, once enough holders have signed.
    ///
    /// - Parameters:
    ///   - signed: copies of the draft, with the signatures of one holder or of several.
    ///   - software: this program and its version, for the transcript.
    /// - Throws: `.draft`.
    private func finished(
        with signed: [(path: String, draft: CeremonyDraft)], software: String, now: MetadataTime
    ) throws(CeremonyError) -> FinishedCeremony {
        var draft = draft
        for copy in signed {
            do { draft = try draft.merging(copy.draft) } catch {
                throw .draft(path: copy.path, fault: error)
            }
        }
        return try FinishedCeremony(draft, .severalMachines, keys: keys, by: software, now: now)
    }

    /// Writes the bundle, verified, whole or not at all.
    ///
    /// - Parameters: as for ``rehearse(signed:software:now:)``.
    /// - Throws: `.directoryExists`, `.draft`, `.bundle`, `.signing`.
    package func assemble(
        signed paths: [String], to directory: String, software: String, now: MetadataTime
    ) throws(CeremonyError) -> CeremonyBundle {
        guard !BundleWriter.isTaken(directory) else { throw .directoryExists(path: directory) }
        return try finished(with: read(paths, now: now), software: software, now: now)
            .write(to: directory, now: now)
    }

    /// Verifies the bundle that would be written, and writes nothing.
    ///
    /// - Parameters:
    ///   - paths: copies of the draft, with the signatures of one holder or of several.
    ///   - software: this program and its version, for the transcript.
    /// - Throws: `.draft`, `.bundle`, `.signing`.
    package func rehearse(
        signed paths: [String], software: String, now: MetadataTime
    ) throws(CeremonyError) {
        try finished(with: read(paths, now: now), software: software, now: now).verify(now: now)
    }

    private func read(
        _ paths: [String], now: MetadataTime
    ) throws(CeremonyError) -> [(path: String, draft: CeremonyDraft)] {
        var copies: [(path: String, draft: CeremonyDraft)] = []
        for path in paths {
            copies.append((path, try CeremonyDraft(reading: path, plan: draft.plan, now: now)))
        }
        return copies
    }
}
