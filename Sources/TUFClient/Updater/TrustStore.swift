package import TUF

/// The metadata that a client has come to trust, kept from one update to the next: a folder with `<role>.json` files.
///
/// Several processes may share the folder: one at a time refreshes, in ``alone(_:)``. What guards against rollback is on
/// the disk before it is relied on; targets are not waited for, since what is lost of them is fetched and
/// verified again.
package struct TrustStore: Sendable {
    private let folder: PrivateFolder

    /// - Parameter directory: made where it is missing.
    package init(directory: String) throws(FolderError) {
        folder = try PrivateFolder(directory)
    }

    /// Refreshes while nobody else does.
    func alone(_ refresh: () throws -> Void) throws { try folder.alone(refresh) }

    /// - Returns: nil where nothing is stored.
    package func bytes(of role: RoleName) throws(FolderError) -> [UInt8]? {
        try folder.bytes(of: "\(role.fileStem).json")
    }

    package func store(_ bytes: [UInt8], as role: RoleName) throws(FolderError) {
        try folder.store(bytes, as: "\(role.fileStem).json", isDurable: role.isTopLevel && role != .targets)
    }

    /// Forgets all of it.
    package func destroy() throws(FolderError) { try folder.destroy() }
}
