import TUF
import TUFRepository

extension BundleManifest {
    /// For people: who signs what, how many must, until when; a few lines for each role.
    package var keyLines: [String] {
        let names = Dictionary(holders.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var lines: [String] = []
        for role in ExpiryPolicy.Role.allCases {
            guard let keys = roles[role] else { continue }
            lines.append(
                "  \(role.rawValue): \(keys.threshold) of \(keys.keyIDs.count), good for \(expiry[role]) "
                    + (expiry[role] == 1 ? "day" : "days"))
            for id in keys.keyIDs { lines.append("    \(id.hex)  \(names[id] ?? "online")") }
        }
        return lines
    }

    package var binLine: String { "Bins: \(1 << binBitLength)" }
}
