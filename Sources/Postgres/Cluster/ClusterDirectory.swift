import Foundation

/// The directory of a private cluster.
///
///     data/              PostgreSQL's data directory, owned by the account that the server runs as
///     data.new/          being initialized; an aborted one is thrown away
///     postgres.log       what the server says
///     socket-directory   where the server's socket is or was
///     lock               held while a process starts the cluster
///
/// The data is opened here and handed to PostgreSQL as a descriptor (`-D /proc/self/fd/3`), so that its account
/// needs no way through the directories above, and the whole may be moved.
struct ClusterDirectory: Sendable {
    let path: String
    private let base: Descriptor

    /// Opens the directory; makes it, closed to others, if it does not exist.
    init(_ path: String) throws(ClusterError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .file(path: path, reason: error.localizedDescription)
        }
        self.path = path
        base = try Descriptor(opening: path + "/.", flags: O_RDONLY | O_DIRECTORY)
    }

    // MARK: Files

    /// Becomes the only process that starts or initializes this cluster, until the descriptor goes.
    func lock(seconds: Int) throws(ClusterError) -> Descriptor {
        let file = try Descriptor(opening: "lock", in: base, flags: O_RDWR | O_CREAT)
        let deadline = ContinuousClock.now + .seconds(seconds)
        while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else { throw .busy(path: path) }
            usleep(50_000)
        }
        return file
    }

    /// The server's log, for appending; one that has grown large becomes `postgres.log.1` first.
    func openLog() throws(ClusterError) -> Descriptor {
        let maxBytes = 16 << 20
        let log = try Descriptor(opening: "postgres.log", in: base, flags: O_RDWR | O_CREAT | O_APPEND)
        guard let size = log.status?.st_size, size > maxBytes else { return log }
        renameat(base.number, "postgres.log", base.number, "postgres.log.1")
        return try Descriptor(opening: "postgres.log", in: base, flags: O_RDWR | O_CREAT | O_APPEND)
    }

    /// The data directory, or `nil` if the cluster was not initialized yet.
    func openData() throws(ClusterError) -> Descriptor? {
        guard faccessat(base.number, "data", F_OK, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return try Descriptor(opening: "data", in: base, flags: O_RDONLY | O_DIRECTORY)
    }

    /// An empty directory in which the data is made, for `adoptNewData` to put in its place.
    func makeNewData(for account: ClusterAccount?) throws(ClusterError) -> Descriptor {
        let name = path + "/data.new"
        try? FileManager.default.removeItem(atPath: name)
        guard mkdirat(base.number, "data.new", 0o700) == 0 else { throw failure(name) }
        let data = try Descriptor(opening: "data.new", in: base, flags: O_RDONLY | O_DIRECTORY)
        if let account, fchown(data.number, account.user, account.group) != 0 { throw failure(name) }
        return data
    }

    func adoptNewData() throws(ClusterError) {
        guard renameat(base.number, "data.new", base.number, "data") == 0, fsync(base.number) == 0 else {
            throw failure(path + "/data")
        }
    }

    /// The major version that made the data.
    static func version(of data: Descriptor) -> String? {
        guard let file = try? Descriptor(opening: "PG_VERSION", in: data, flags: O_RDONLY) else { return nil }
        return file.tail(maxBytes: 16)
    }

    // MARK: Sockets

    /// Makes a directory for the server's socket with a path that is short enough (107 bytes with the socket's name)
    /// and that the account can reach, and throws away the one of the previous run.
    func makeSocketDirectory(for account: ClusterAccount?) throws(ClusterError) -> String {
        removeSocketDirectory()
        let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? ""
        let isUsable = account == nil && runtime.hasPrefix("/") && runtime.utf8.count < 60
        for parent in isUsable ? [runtime, "/tmp"] : ["/tmp"] {
            var template = Array("\(parent)/bonded-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { continue }
            let made = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            if let account, chown(made, account.user, account.group) != 0 { throw failure(made) }
            do {
                try Data(made.utf8).write(
                    to: URL(fileURLWithPath: path + "/socket-directory"), options: .atomic)
            } catch {
                throw .file(path: path + "/socket-directory", reason: error.localizedDescription)
            }
            return made
        }
        throw failure("/tmp")
    }

    /// Removes the recorded socket directory, if it is one of ours and the server left nothing else in it.
    func removeSocketDirectory() {
        let record = path + "/socket-directory"
        guard let content = FileManager.default.contents(atPath: record) else { return }
        let recorded = String(decoding: content, as: UTF8.self)
        guard recorded.wholeMatch(of: /\/.*\/bonded-[A-Za-z0-9]{6}/) != nil,
            let directory = try? Descriptor(opening: recorded, flags: O_RDONLY | O_DIRECTORY),
            let owner = directory.status?.st_uid, owner == dataOwner
        else { return }
        for name in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] { unlinkat(directory.number, name, 0) }
        if rmdir(recorded) == 0 { unlink(record) }
    }

    private var dataOwner: uid_t? {
        guard let data = try? openData() else { return nil }
        return data.status?.st_uid
    }

    private func failure(_ path: String) -> ClusterError {
        .file(path: path, reason: String(cString: strerror(errno)))
    }
}
