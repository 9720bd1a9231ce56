import Glibc

/// An open file descriptor, closed with the last reference to it.
///
/// Every operation on a name goes through the descriptor of its directory, and no operation follows a
/// symbolic link: a link planted in the store is refused, wherever it points.
final class Descriptor: Sendable {
    let number: Int32

    init(number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Opens a directory given by its configured path, which may itself lead through links.
    static func openRoot(_ path: String) throws(BlobError) -> Descriptor {
        let number = retryingOnInterrupt { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard number >= 0 else { throw .failed("open \(path)") }
        return Descriptor(number: number)
    }

    /// - Returns: nil when nothing has this name.
    func directory(_ name: String) throws(BlobError) -> Descriptor? {
        let number = retryingOnInterrupt {
            openat(self.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        if number >= 0 { return Descriptor(number: number) }
        switch errno {
        case ENOENT: return nil
        case ENOTDIR, ELOOP: throw .notRegularFile(path: name)
        default: throw .failed("open directory \(name)")
        }
    }

    /// Opens a directory, making it where it is missing.
    ///
    /// - Returns: nil when another process removed it again in between.
    func makeDirectory(_ name: String, mode: mode_t) throws(BlobError) -> Descriptor? {
        if let existing = try directory(name) { return existing }
        guard mkdirat(number, name, mode) == 0 || errno == EEXIST || errno == ENOENT else {
            throw .failed("make directory \(name)")
        }
        return try directory(name)
    }

    /// Opens a regular file for reading.
    ///
    /// - Returns: nil when nothing has this name.
    /// - Throws: `.notRegularFile` for anything else in its place; never blocks on a FIFO.
    func file(_ name: String) throws(BlobError) -> (descriptor: Descriptor, status: FileStatus)? {
        let number = retryingOnInterrupt {
            openat(self.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        }
        guard number >= 0 else {
            switch errno {
            case ENOENT: return nil
            case ELOOP, ENXIO: throw .notRegularFile(path: name)
            default: throw .failed("open \(name)")
            }
        }
        let descriptor = Descriptor(number: number)
        let status = try descriptor.status()
        guard status.kind == .regularFile else { throw .notRegularFile(path: name) }
        return (descriptor, status)
    }

    func status() throws(BlobError) -> FileStatus {
        var raw = stat()
        guard fstat(number, &raw) == 0 else { throw .failed("fstat") }
        return FileStatus(raw)
    }

    /// The status of a name in this directory, not following links; nil when nothing has the name.
    func status(of name: String) throws(BlobError) -> FileStatus? {
        var raw = stat()
        if fstatat(number, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(raw) }
        guard errno == ENOENT else { throw .failed("stat \(name)") }
        return nil
    }

    func synchronize() throws(BlobError) {
        guard retryingOnInterrupt({ fsync(number) }) == 0 else { throw .failed("fsync") }
    }

    /// Takes an advisory lock, waiting for it; released with the descriptor.
    func lock(_ kind: Int32) throws(BlobError) {
        guard retryingOnInterrupt({ flock(number, kind) }) == 0 else { throw .failed("flock") }
    }

    /// - Returns: false when another holds the lock.
    func tryExclusiveLock() throws(BlobError) -> Bool {
        if retryingOnInterrupt({ flock(number, LOCK_EX | LOCK_NB) }) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw .failed("flock") }
        return false
    }

    /// The names in this directory, without `.` and `..`, in order.
    func entries() throws(BlobError) -> [String] {
        // A descriptor of its own: closedir closes what fdopendir was given, and the position is separate.
        let copy = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw .failed("open directory") }
        guard let stream = fdopendir(copy) else {
            let error = BlobError.failed("fdopendir")
            close(copy)
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .failed("readdir") }
                return names.sorted()
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(validating: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            // Names that are not UTF-8 are none of ours, like every other stranger in the directory.
            if let name, name != ".", name != ".." { names.append(name) }
        }
    }
}

struct FileStatus {
    enum Kind { case regularFile, directory, other }

    let kind: Kind
    let size: Int
    /// Microseconds since 1970.
    let modified: Int

    init(_ raw: stat) {
        switch raw.st_mode & S_IFMT {
        case S_IFREG: kind = .regularFile
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        size = Int(raw.st_size)
        modified = Int(raw.st_mtim.tv_sec) * 1_000_000 + Int(raw.st_mtim.tv_nsec) / 1_000
    }
}

extension BlobError {
    /// The error of the system call that has just failed.
    static func failed(_ operation: String) -> BlobError {
        .system(operation: operation, code: errno)
    }
}

func retryingOnInterrupt<Number: SignedInteger>(_ call: () -> Number) -> Number {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
