package import Ceremony
import Foundation
import Signing
import TUF
import TUFRepository
package import Warehouse

/// Brings a ceremony's result into an empty index.
package struct CeremonyImport {
    private let warehouse: Warehouse

    package init(warehouse: Warehouse) {
        self.warehouse = warehouse
    }

    /// Imports the metadata signed offline and puts the encrypted online keys where the snapshot process finds them.
    ///
    /// - Parameters:
    ///   - bundle: verified when it was read.
    ///   - keyring: the folder of the online keys; an existing one is left as it is.
    /// - Throws: `WarehouseError.repositoryExists`; then nothing is changed.
    package func run(_ bundle: CeremonyBundle, keyring: String) async throws {
        let day = 86400
        let expiry = bundle.manifest.expiry
        let lifetimes = OnlineLifetimes(
            timestamp: expiry[.timestamp] * day, snapshot: expiry[.snapshot] * day,
            recentlyClaimed: expiry[.recentlyClaimed] * day, bins: expiry[.bins] * day)
        let expires: [RoleName: MetadataTime] = [
            .root: bundle.root.payload.expires, .targets: bundle.targets.payload.expires,
            .claimed: bundle.claimed.payload.expires, .unclaimed: bundle.unclaimed.payload.expires,
        ]
        let roles = bundle.files.compactMap { file in
            expires[file.role].map {
                SignedRole(name: file.role, version: file.version, expires: $0, bytes: file.bytes)
            }
        }
        try await warehouse.found(roles, lifetimes: lifetimes)
        try copyOnlineKeys(of: bundle, to: keyring)
    }

    private func copyOnlineKeys(of bundle: CeremonyBundle, to keyring: String) throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: keyring) else { return }
        try files.createDirectory(
            atPath: keyring, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for role in OnlineRole.allCases {
            try files.copyItem(
                atPath: "\(bundle.onlineKeysDirectory)/\(role.fileName)",
                toPath: "\(keyring)/\(role.fileName)")
        }
    }
}
