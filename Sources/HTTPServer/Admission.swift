import Synchronization

/// Counts open connections, in all and by address, for every loop of a server.
final class Admission: Sendable {
    private struct Counts {
        var total = 0
        var byAddress: [PeerAddress.Key: Int] = [:]
        /// Connections turned away that are still being told so.
        var refused = 0
    }

    enum Verdict {
        case admitted
        /// Tell the client and let it read that.
        case refused
        /// Too many are being told already: close.
        case dropped
    }

    private static let maxRefused = 256
    private let counts = Mutex(Counts())
    private let maxTotal: Int
    private let maxPerAddress: Int

    init(maxTotal: Int, maxPerAddress: Int) {
        self.maxTotal = maxTotal
        self.maxPerAddress = maxPerAddress
    }

    func admit(_ key: PeerAddress.Key) -> Verdict {
        counts.withLock { counts in
            let ofAddress = counts.byAddress[key, default: 0]
            guard counts.total < maxTotal, ofAddress < maxPerAddress else {
                guard counts.refused < Self.maxRefused else { return .dropped }
                counts.refused += 1
                return .refused
            }
            counts.total += 1
            counts.byAddress[key] = ofAddress + 1
            return .admitted
        }
    }

    func releaseAdmitted(_ key: PeerAddress.Key) {
        counts.withLock { counts in
            counts.total -= 1
            let rest = counts.byAddress[key, default: 1] - 1
            counts.byAddress[key] = rest > 0 ? rest : nil
        }
    }

    func releaseRefused() {
        counts.withLock { $0.refused -= 1 }
    }

    /// Open connections in all.
    var total: Int { counts.withLock { $0.total } }
}
