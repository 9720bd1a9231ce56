import Glibc

/// A folder of files that only their owner can read, each replaced whole or not at all.
///
/// Several threads and processes may share it: what only one may do at a time goes through ``alone(_:)``.
package final class PrivateFolder: Sendable {
    package let path: String
    /// Keeps other processes out; of this one's threads, all hold a lock that one has.
    private let lockFile: Int32
    private let threads = SingleFlight<Bool>()

    /// Our own limit, above what any metadata file may have.
    private static let maxFileBytes = 64 << 20
    package static let unfinishedPrefix = ".unfinished-"
    /// A file takes no longer to be written.
    private static let unfinishedSeconds = 3600

    /// - Parameter path: made where it is missing, and what leads to it.
    /// - Throws: ``FolderError``.
    package init(_ path: String) throws(FolderError) {
        self.path = path
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/" + component
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw FolderError(made) }
        }
        lockFile = open(path + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lockFile >= 0 else { throw FolderError(path) }
        sweep()
    }

    deinit { close(lockFile) }

    /// Runs work while nobody else does who shares the folder.
    ///
    /// - Throws: ``FolderError``; what `work` throws.
    package func alone<Result>(_ work: () throws -> Result) throws -> Result {
        try threads.alone(true) {
            while flock(lockFile, LOCK_EX) != 0 {
                guard errno == EINTR else { throw FolderError(path) }
            }
            defer { flock(lockFile, LOCK_UN) }
            return try work()
        }
    }

    /// - Returns: nil where there is no such file.
    package func bytes(of name: String) throws(FolderError) -> [UInt8]? {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FolderError(file)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= Self.maxFileBytes {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FolderError(file) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw FolderError(file, code: EFBIG)
    }

    /// - Parameters:
    ///   - name: of one path component.
    ///   - isDurable: whether to wait until the bytes are on the disk.
    package func store(_ bytes: [UInt8], as name: String, isDurable: Bool = true) throws(FolderError) {
        let file = "\(path)/\(name)"
        var template = Array("\(path)/\(Self.unfinishedPrefix)XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)  // mode 0600
        guard descriptor >= 0 else { throw FolderError(file) }
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
                guard count > 0 else { throw FolderError(file) }
                rest = rest.dropFirst(count)
            }
            guard !isDurable || fsync(descriptor) == 0 else { throw FolderError(file) }
        }
        guard rename(unfinished, file) == 0 else { throw FolderError(file) }
        isStored = true
    }

    /// Removes the files in the folder, and then the folder.
    package func destroy() throws(FolderError) {
        for name in names() where unlink("\(path)/\(name)") != 0 { throw FolderError("\(path)/\(name)") }
        guard rmdir(path) == 0 else { throw FolderError(path) }
    }

    /// Removes what processes that were killed left unfinished.
    private func sweep() {
        for name in names() where name.hasPrefix(Self.unfinishedPrefix) {
            var status = stat()
            if lstat("\(path)/\(name)", &status) == 0,
                status.st_mtim.tv_sec < time(nil) - Self.unfinishedSeconds
            {
                unlink("\(path)/\(name)")
            }
        }
    }

    /// The files in the folder, hidden ones too.
    package func names() -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

/// What the system refused.
package struct FolderError: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let code: Int32

    package init(_ path: String, code: Int32 = errno) {
        self.path = path
        self.code = code
    }

    package var description: String { "\(path): \(String(cString: strerror(code)))" }
}
