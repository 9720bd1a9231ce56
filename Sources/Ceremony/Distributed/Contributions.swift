package import TUF

/// The contributions to a ceremony: one of every holder in the plan, each with a key of their own.
package struct Contributions: Hashable, Sendable {
    package let plan: CeremonyPlan
    /// In the order of the plan's holders.
    package let all: [Contribution]

    /// - Parameters:
    ///   - list: in any order.
    ///   - now: the ceremony's time; no contribution is much older.
    /// - Throws: `.contribution`, `.contributedTwice`, `.missingContributions`, `.sharedKey`.
    package init(_ list: [Contribution], to plan: CeremonyPlan, at now: MetadataTime) throws(DraftFault) {
        var byHolder: [HolderName: Contribution] = [:]
        for contribution in list {
            do { try contribution.check(against: plan, at: now) } catch {
                throw .contribution(contribution.holder, error)
            }
            guard byHolder.updateValue(contribution, forKey: contribution.holder) == nil else {
                throw .contributedTwice(contribution.holder)
            }
        }
        let missing = plan.holders.filter { byHolder[$0] == nil }
        guard missing.isEmpty else { throw .missingContributions(missing) }
        all = plan.holders.compactMap { byHolder[$0] }
        var owners: [KeyID: HolderName] = [:]
        for contribution in all {
            if let other = owners.updateValue(contribution.holder, forKey: contribution.publicKey.id) {
                throw .sharedKey(other.text, contribution.holder.text)
            }
        }
        self.plan = plan
    }

    /// Reads a file for each.
    ///
    /// - Throws: `.contribution`, `.draft`, `.signing`.
    package init(
        reading paths: [String], to plan: CeremonyPlan, at now: MetadataTime
    ) throws(CeremonyError) {
        var list: [Contribution] = []
        for path in paths { list.append(try Contribution(reading: path, for: plan, now: now)) }
        do { try self.init(list, to: plan, at: now) } catch { throw .draft(path: nil, fault: error) }
    }

    subscript(holder: HolderName) -> Contribution? { all.first { $0.holder == holder } }
}
