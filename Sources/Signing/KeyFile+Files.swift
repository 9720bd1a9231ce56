extension KeyFile {
    /// Reads a key file without opening it: enough for its public part.
    ///
    /// - Throws: `.permissionsTooOpen` when anyone but the owner may read it, `.symbolicLink`,
    ///   `.malformedKeyFile`, and what reading a file may throw.
    package init(reading path: String) throws(SigningError) {
        let bytes = try PrivateFile.bytes(
            of: path, maxBytes: Self.maxFileBytes, forbidding: .groupAndOthers)
        do {
            try self.init(parsing: bytes)
        } catch {
            throw .malformedKeyFile(path: path, fault: error)
        }
    }

    /// Writes a new file that only its owner may read, all of it or nothing.
    ///
    /// - Throws: `.alreadyExists`: no key file is ever overwritten.
    package func write(to path: String) throws(SigningError) {
        try PrivateFile.create(path, contents: encoded())
    }

    /// Our own limit; a key file has about 700 bytes.
    private static let maxFileBytes = 8 * 1024
}
