package import Packaging
package import TUF
import TUFRepository

/// On whose word a page or a file is what it is, from the weakest to the strongest.
package enum Vouching: Int, Hashable, Comparable, Sendable {
    /// Nobody's: the index has no TUF metadata.
    case nobody
    /// The index's online keys.
    case index
    /// The project's maintainers, whose keys an online key names: the project was claimed recently.
    case claim
    /// The project's maintainers, whose keys are named by keys that are kept offline.
    case maintainers

    /// Judges the roles that lead to a target.
    ///
    /// - Parameter chain: from `.targets` to the role that lists it.
    /// - Source: PEP 480, "Maximum Security Model": the roles of `claimed` and `recently-claimed`.
    package init(chain: [RoleName], to project: ProjectName) {
        guard chain.count >= 3, chain.first == .targets,
            let role = try? ProjectRole.name(of: project), chain.last == role
        else {
            self = .index
            return
        }
        let between = chain.dropFirst().dropLast()
        if between.first == .claimed, between.dropFirst().allSatisfy({ ClaimedShard.number(of: $0) != nil }) {
            self = .maintainers
        } else {
            self = between.elementsEqual([.recentlyClaimed]) ? .claim : .index
        }
    }

    package static func < (left: Vouching, right: Vouching) -> Bool { left.rawValue < right.rawValue }
}

/// Who must vouch for what is installed.
package enum RequiredVouching: String, Hashable, Sendable, CaseIterable {
    /// The index that the name belongs to.
    case index
    /// The project's maintainers, be it that only an online key names them.
    case claim
    /// The project's maintainers, named by offline keys: nothing that the index alone can forge.
    case maintainers

    package func isMet(by vouching: Vouching) -> Bool {
        switch self {
        case .index: true
        case .claim: vouching >= .claim
        case .maintainers: vouching >= .maintainers
        }
    }
}
