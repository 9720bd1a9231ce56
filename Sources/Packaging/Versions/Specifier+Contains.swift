extension Specifier {
    /// Whether the version satisfies this clause; pre-releases are judged like any other version.
    package func contains(_ version: Version) -> Bool {
        switch operand {
        case .text: version.description == operandText.lowercased()
        case .prefix(let prefix): Self.begins(version, with: prefix) == (comparison == .equal)
        case .version(let bound): compares(version, with: bound)
        }
    }

    private func compares(_ version: Version, with bound: Version) -> Bool {
        switch comparison {
        case .arbitrary: false
        case .equal: Self.isSame(version, as: bound)
        case .notEqual: !Self.isSame(version, as: bound)
        case .atMost: version.withoutLocal <= bound
        case .atLeast: version.withoutLocal >= bound
        case .below: Self.isBelow(version, bound)
        case .above: Self.isAbove(version, bound)
        case .compatible:
            version.withoutLocal >= bound
                && Self.begins(version, with: bound.epoch, bound.release.dropLast())
        }
    }

    /// A local version counts only if the specifier has one.
    private static func isSame(_ version: Version, as bound: Version) -> Bool {
        (bound.hasLocal ? version : version.withoutLocal) == bound
    }

    /// Excludes pre-releases of the bound, unless it is one.
    private static func isBelow(_ version: Version, _ bound: Version) -> Bool {
        guard version < bound else { return false }
        guard !bound.isPrerelease && version.isPrerelease else { return true }
        let earliest = Version(
            epoch: bound.epoch, release: bound.release, prerelease: bound.prerelease, post: bound.post,
            dev: .zero, localParts: nil)
        return version < earliest
    }

    /// Excludes post releases of the bound, unless it is one, and its local versions.
    private static func isAbove(_ version: Version, _ bound: Version) -> Bool {
        guard version > bound else { return false }
        if !bound.isPostrelease && version.isPostrelease {
            let base = Version(
                epoch: version.epoch, release: version.release, prerelease: version.prerelease, post: nil,
                dev: nil, localParts: nil)
            if base == bound { return false }
        }
        return !(version.hasLocal && version.withoutLocal == bound)
    }

    private static func begins(_ version: Version, with prefix: Version) -> Bool {
        begins(version, with: prefix.epoch, prefix.release[...])
    }

    /// Missing numbers count as zeros.
    private static func begins(
        _ version: Version, with epoch: DecimalNumber, _ release: ArraySlice<DecimalNumber>
    ) -> Bool {
        guard version.epoch == epoch else { return false }
        let common = min(version.release.count, release.count)
        return version.release.prefix(common) == release.prefix(common)
            && release.dropFirst(common).allSatisfy(\.isZero)
    }
}
