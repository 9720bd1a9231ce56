import Signing
import TUF
import TUFRepository

/// Every key of a ceremony, and its key file.
struct CeremonyKeys {
    private let offline: [HolderName: SecretKey]
    private let online: [OnlineRole: PublicKey]
    /// The key files, by path below the bundle.
    let files: [(path: String, contents: [UInt8])]

    /// Makes the keys and seals each under its passphrase.
    ///
    /// Every key file is opened once again: a key that cannot be read back must not sign anything.
    init(
        holders: [(name: HolderName, passphrase: Passphrase)], onlinePassphrase: Passphrase,
        cost: KeyDerivationCost
    ) throws(SigningError) {
        var offline: [HolderName: SecretKey] = [:]
        var online: [OnlineRole: PublicKey] = [:]
        var files: [(path: String, contents: [UInt8])] = []
        for (name, passphrase) in holders {
            let (key, file) = try Self.makeKey(label: name.text, passphrase: passphrase, cost: cost)
            offline[name] = key
            files.append((path: "\(CeremonyBundle.offlineKeys)/\(name.text).key", contents: file.encoded()))
        }
        for role in OnlineRole.allCases {
            let (key, file) = try Self.makeKey(label: role.rawValue, passphrase: onlinePassphrase, cost: cost)
            online[role] = key.publicKey
            files.append((path: "\(CeremonyBundle.onlineKeys)/\(role.fileName)", contents: file.encoded()))
        }
        self.offline = offline
        self.online = online
        self.files = files
    }

    var holders: [String: KeyID] {
        Dictionary(uniqueKeysWithValues: offline.map { ($0.text, $1.publicKey.id) })
    }

    /// The keys of an offline role's holders, in the plan's order.
    func keys(of holders: Holders) -> [SecretKey] { holders.names.compactMap { offline[$0] } }

    /// The keys of an online role: one.
    func keys(of role: OnlineRole) -> [PublicKey] { online[role].map { [$0] } ?? [] }

    private static func makeKey(
        label: String, passphrase: Passphrase, cost: KeyDerivationCost
    ) throws(SigningError) -> (SecretKey, KeyFile) {
        let key = try SecretKey()
        let file = try KeyFile(sealing: key, label: label, passphrase: passphrase, cost: cost)
        _ = try file.open(with: passphrase)
        return (key, file)
    }
}
