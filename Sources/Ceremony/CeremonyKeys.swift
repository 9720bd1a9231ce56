import Signing
import TUF

/// A new key and its file.
struct NewKey {
    let key: SecretKey
    let file: [UInt8]

    /// Opens the file once again: a key that cannot be read back must not sign anything.
    init(label: String, passphrase: Passphrase, cost: KeyDerivationCost) throws(SigningError) {
        key = try SecretKey()
        let file = try KeyFile(sealing: key, label: label, passphrase: passphrase, cost: cost)
        _ = try file.open(with: passphrase)
        self.file = file.encoded()
    }
}

/// The online keys of a ceremony and their files.
struct NewOnlineKeys {
    let publicKeys: [OnlineRole: PublicKey]
    let files: BundleFiles

    init(passphrase: Passphrase, cost: KeyDerivationCost) throws(SigningError) {
        var publicKeys: [OnlineRole: PublicKey] = [:]
        var files = BundleFiles()
        for role in OnlineRole.allCases {
            let new = try NewKey(label: role.rawValue, passphrase: passphrase, cost: cost)
            publicKeys[role] = new.key.publicKey
            files[BundleFiles.onlineKey(role)] = new.file
        }
        self.publicKeys = publicKeys
        self.files = files
    }
}
