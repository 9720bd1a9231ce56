import Glibc
import TUF

/// The folder in which a person's key files lie, for that person alone.
package struct KeyFolder: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// `bonded/keys` where the system keeps a user's data: `$XDG_DATA_HOME`, else `~/.local/share`.
    ///
    /// - Returns: nil where neither that variable nor `HOME` is an absolute path.
    package static func standard(environment: [String: String]) -> KeyFolder? {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
            return KeyFolder(path: data + "/bonded/keys")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return KeyFolder(path: home + "/.local/share/bonded/keys")
    }

    /// Where a new key file goes: its name begins with the key ID.
    package func file(for key: KeyFile) -> String {
        "\(path)/\(key.publicKey.id.hex.prefix(16))\(Self.suffix)"
    }

    /// Makes the folder, and those above it that are missing, for its owner alone.
    package func create() throws(SigningError) {
        var made = ""
        for component in path.split(separator: "/") {
            made += "/" + component
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw .file(path: made, operation: .create, errno: errno)
            }
        }
    }

    /// The paths of the key files, in order; none where the folder does not exist.
    package func files() throws(SigningError) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .file(path: path, operation: .open, errno: errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(Self.suffix), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().map { "\(path)/\($0)" }
    }

    private static let suffix = ".key"
}
