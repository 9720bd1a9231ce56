package import TUF

/// Metadata ready to be stored: signed bytes and what the store needs to know of them.
package struct SignedRole: Hashable, Sendable {
    package let name: RoleName
    package let version: Int
    package let expires: MetadataTime
    package let bytes: [UInt8]

    package init(name: RoleName, version: Int, expires: MetadataTime, bytes: [UInt8]) {
        self.name = name
        self.version = version
        self.expires = expires
        self.bytes = bytes
    }
}
