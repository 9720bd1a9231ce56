extension Version: Hashable, Comparable {
    package static func == (left: Version, right: Version) -> Bool {
        left.epoch == right.epoch && left.prerelease == right.prerelease && left.post == right.post
            && left.dev == right.dev && left.localParts == right.localParts
            && left.trimmedRelease == right.trimmedRelease
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(trimmedRelease)
        hasher.combine(prerelease)
        hasher.combine(post)
        hasher.combine(dev)
        hasher.combine(localParts)
    }

    /// Development releases come before alphas, betas, candidates, the final release and its post releases; a
    /// local version follows the version it varies.
    package static func < (left: Version, right: Version) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        let (leftRelease, rightRelease) = (left.trimmedRelease, right.trimmedRelease)
        if leftRelease != rightRelease { return leftRelease.lexicographicallyPrecedes(rightRelease) }
        if left.phaseRank != right.phaseRank { return left.phaseRank < right.phaseRank }
        if let left = left.prerelease?.number, let right = right.prerelease?.number, left != right {
            return left < right
        }
        if left.post != right.post { return precedes(left.post, right.post, missingFirst: true) }
        if left.dev != right.dev { return precedes(left.dev, right.dev, missingFirst: false) }
        switch (left.localParts, right.localParts) {
        case (_, nil): return false
        case (nil, _?): return true
        case (let left?, let right?): return left.lexicographicallyPrecedes(right)
        }
    }

    private var phaseRank: Int {
        if let prerelease { return prerelease.phase.rawValue }
        return post == nil && dev != nil ? -1 : Phase.candidate.rawValue + 1
    }

    private static func precedes(
        _ left: DecimalNumber?, _ right: DecimalNumber?, missingFirst: Bool
    ) -> Bool {
        switch (left, right) {
        case (let left?, let right?): left < right
        case (nil, _?): missingFirst
        case (_?, nil): !missingFirst
        case (nil, nil): false
        }
    }
}

extension Version.LocalPart: Comparable {
    /// Text comes before numbers.
    package static func < (left: Version.LocalPart, right: Version.LocalPart) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.number(let left), .number(let right)): left < right
        case (.text, .number): true
        case (.number, .text): false
        }
    }
}
