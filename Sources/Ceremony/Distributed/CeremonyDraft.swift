package import Signing
package import TUF
package import TUFRepository

/// A ceremony between its preparation and its end, on its way to the holders and back.
///
/// It holds what the first metadata follows from and the signatures made so far, never the metadata itself: whoever
/// signs makes that again from the draft's facts and from a plan of their own.
package struct CeremonyDraft: JointlySigned {
    package let roles: [RoleName: UnsignedRole]
    package var signatures: [RoleName: [Signature]] = [:]
    /// When each holder signed, by the clock of their machine; nothing vouches for it.
    package var signed: [HolderName: MetadataTime] = [:]
    let facts: CeremonyFacts

    package var plan: CeremonyPlan { facts.plan }
    package var created: MetadataTime { facts.created }
    package var contributions: Contributions { facts.contributions }

    /// Makes the metadata that is to be signed.
    ///
    /// - Throws: `.metadata`.
    init(_ facts: CeremonyFacts) throws(DraftFault) {
        do { roles = try facts.roles() } catch { throw .metadata(error) }
        self.facts = facts
    }

    /// Holders who have not signed.
    package var waitsFor: [HolderName] { plan.holders.filter { signed[$0] == nil } }

    /// Checks that this is the draft that people have agreed on.
    ///
    /// - Parameter text: the fingerprint as somebody has read or typed it.
    /// - Throws: `.otherFingerprint`.
    package func require(fingerprint text: String) throws(DraftFault) {
        guard text.lowercased() == fingerprint else {
            throw .otherFingerprint(found: fingerprint)
        }
    }

    /// Checks that the draft gives a holder this key, and waits for its signatures.
    ///
    /// - Throws: `.contribution`, `.otherKey`, `.signedAlready`.
    package func require(_ key: PublicKey, of holder: HolderName) throws(DraftFault) {
        guard let contribution = contributions[holder] else {
            throw .contribution(holder, .notInPlan(holder))
        }
        guard contribution.publicKey == key else {
            throw .otherKey(holder, drafted: contribution.publicKey.id, yours: key.id)
        }
        guard signed[holder] == nil else { throw .signedAlready(holder) }
    }

    /// This draft with a holder's signatures on every role that the plan gives them.
    ///
    /// - Throws: `.draft`, `.signing`.
    package func signed(
        by holder: HolderName, with signer: any Signer, now: MetadataTime
    ) throws(CeremonyError) -> CeremonyDraft {
        do { try require(signer.publicKey, of: holder) } catch { throw .draft(path: nil, fault: error) }
        var made: [RoleName: [Signature]] = [:]
        for (role, message) in messages(for: signer.publicKey.id) {
            do { made[role] = [try signer.sign(message)] } catch { throw .signing(error) }
        }
        var next = adding(made)
        next.signed[holder] = now
        do { try next.checkSignatures() } catch { throw .draft(path: nil, fault: error) }
        return next
    }

    /// This draft with the signatures of another copy of it.
    package func merging(_ copy: CeremonyDraft) throws(DraftFault) -> CeremonyDraft {
        guard copy.fingerprint == fingerprint else {
            throw .otherDraft(expected: fingerprint, found: copy.fingerprint)
        }
        var next = adding(copy.signatures)
        next.signed.merge(copy.signed) { min($0, $1) }
        return next
    }

    /// Every signature must count, and whoever has signed must have signed everything that the plan gives them.
    func checkSignatures() throws(DraftFault) {
        var unsigned = self
        unsigned.signatures = [:]
        for (role, made) in signatures {
            for signature in made where unsigned.fault(of: signature, on: role) != nil {
                throw .badSignature(role, signature.keyID)
            }
        }
        for contribution in contributions.all {
            let holder = contribution.holder
            let roles = plan.roles(of: holder).filter { role in
                signatures[role]?.contains { $0.keyID == contribution.publicKey.id } == true
            }
            guard roles == (signed[holder] == nil ? [] : plan.roles(of: holder)) else {
                throw .partlySigned(holder)
            }
        }
    }
}
