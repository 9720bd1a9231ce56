import Glibc
package import TUF

/// The metadata that a client has come to trust, kept from one update to the next: a folder with `<role>.json` files.
///
/// Files are replaced whole and only their owner can read them. Several processes may share the folder: one at a time
/// refreshes, between ``lock()`` and ``unlock()``. What guards against rollback is on the disk before it is relied on;
/// delegated targets are not waited for, since what is lost of them is verified and fetched again.
package final class TrustStore: Sendable {
    private let directory: String
    private let lockFile: Int32

    /// Our own limit, above what any role may have.
    private static let maxFileBytes = 64 << 20
    private static let unfinishedPrefix = ".unfinished-"
    /// A file takes no longer to be written.
    private static let unfinishedSeconds = 3600

    /// - Parameter directory: made where it is missing.
    /// - Throws: ``TrustStoreError``.
    package init(directory: String) throws(TrustStoreError) {
        self.directory = directory
        var made = directory.hasPrefix("/") ? "" : "."
        for component in directory.split(separator: "/") {
            made += "/" + component
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw TrustStoreError(made) }
        }
        lockFile = open(directory + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lockFile >= 0 else { throw TrustStoreError(directory) }
        sweep()
    }

    /// Removes what processes that were killed left unfinished.
    private func sweep() {
        guard let folder = opendir(directory) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard name.hasPrefix(Self.unfinishedPrefix),
                fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) == 0,
                status.st_mtim.tv_sec < time(nil) - Self.unfinishedSeconds
            else { continue }
            unlinkat(dirfd(folder), name, 0)
        }
    }

    deinit { close(lockFile) }

    /// Waits for the process that refreshes.
    func lock() throws(TrustStoreError) {
        while flock(lockFile, LOCK_EX) != 0 {
            guard errno == EINTR else { throw TrustStoreError(directory) }
        }
    }

    func unlock() { flock(lockFile, LOCK_UN) }

    /// - Returns: nil where nothing is stored.
    package func bytes(of role: RoleName) throws(TrustStoreError) -> [UInt8]? {
        let path = file(of: role)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw TrustStoreError(path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= Self.maxFileBytes {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw TrustStoreError(path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw TrustStoreError(path, code: EFBIG)
    }

    package func store(_ bytes: [UInt8], as role: RoleName) throws(TrustStoreError) {
        let path = file(of: role)
        var template = Array("\(directory)/\(Self.unfinishedPrefix)XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)  // mode 0600
        guard descriptor >= 0 else { throw TrustStoreError(path) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let unfinished = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var isStored = false
        defer { if !isStored { unlink(unfinished) } }
        do {
            defer { close(descriptor) }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw TrustStoreError(path) }
                rest = rest.dropFirst(count)
            }
            guard !role.isTopLevel || fsync(descriptor) == 0 else { throw TrustStoreError(path) }
        }
        guard rename(unfinished, path) == 0 else { throw TrustStoreError(path) }
        isStored = true
    }

    private func file(of role: RoleName) -> String { "\(directory)/\(role.fileStem).json" }
}

/// What the system refused.
package struct TrustStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let code: Int32

    init(_ path: String, code: Int32 = errno) {
        self.path = path
        self.code = code
    }

    package var description: String { "\(path): \(String(cString: strerror(code)))" }
}
