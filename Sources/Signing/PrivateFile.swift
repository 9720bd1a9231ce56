import CLinux
import CSodium
import Glibc

/// Files that hold keys and passphrases.
package enum PrivateFile {
    /// Who must not have any permission on a file.
    package enum Outsiders: UInt32 {
        /// For files that hold no secret.
        case nobody = 0
        case groupAndOthers = 0o077
        /// A group may read it: how service managers hand credentials to a service's user.
        case others = 0o007
    }

    /// What a file held, in locked memory.
    struct Contents {
        let memory: SecretMemory
        let count: Int

        func copied() -> [UInt8] { memory.copy(first: count) }
    }

    /// Reads a whole regular file without following a symbolic link at its end.
    ///
    /// - Throws: `.fileTooLarge`, `.symbolicLink`, `.notARegularFile`, `.permissionsTooOpen`, `.file`.
    package static func bytes(
        of path: String, maxBytes: Int, forbidding outsiders: Outsiders
    ) throws(SigningError) -> [UInt8] {
        try read(path, maxBytes: maxBytes, forbidding: outsiders).copied()
    }

    /// As `bytes`, into locked memory.
    static func read(
        _ path: String, maxBytes: Int, forbidding outsiders: Outsiders
    ) throws(SigningError) -> Contents {
        // O_NONBLOCK: a pipe put in the file's place must not hold us up before fstat has told.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ELOOP
                ? .symbolicLink(path: path) : .file(path: path, operation: .open, errno: code)
        }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .file(path: path, operation: .inspect, errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path: path) }
        guard status.st_mode & outsiders.rawValue == 0 else {
            throw .permissionsTooOpen(path: path, mode: status.st_mode & 0o7777)
        }

        var count = 0
        let memory = try SecretMemory(count: maxBytes + 1) { start throws(SigningError) in
            while count <= maxBytes {
                let received = Glibc.read(descriptor, start + count, maxBytes + 1 - count)
                if received < 0 && errno == EINTR { continue }
                guard received >= 0 else { throw .file(path: path, operation: .read, errno: errno) }
                if received == 0 { break }
                count += received
            }
        }
        guard count <= maxBytes else { throw .fileTooLarge(path: path, maxBytes: maxBytes) }
        return Contents(memory: memory, count: count)
    }

    /// Creates a file of mode 0600 with these contents, all of them or nothing, on the disk before it returns.
    ///
    /// The bytes go to a file with a name of its own in the same directory, which then takes its place unless the
    /// name is taken.
    package static func create(_ path: String, contents: [UInt8]) throws(SigningError) {
        let directory = directoryOf(path)
        let temporary =
            "\(directory)/.\(randomBytes(count: 12).map { String($0, radix: 36) }.joined()).unfinished"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, operation: .create, errno: errno) }
        defer { unlink(temporary) }
        do {
            defer { close(descriptor) }
            try write(contents, to: descriptor, path: path)
            guard fsync(descriptor) == 0 else { throw .file(path: path, operation: .sync, errno: errno) }
        }
        try rename(temporary, toNew: path)
        try syncDirectory(directory)
    }

    /// Gives a file or directory a name that nothing has.
    ///
    /// In one step, which FAT and exFAT can do, too: media that are carried by hand have those, and no hard links.
    ///
    /// - Throws: `.alreadyExists`, `.file`.
    package static func rename(_ path: String, toNew name: String) throws(SigningError) {
        var code = linux_rename_new(path, name) == 0 ? 0 : errno
        if code == EINVAL { code = renameInTwoSteps(path, toNew: name) }
        guard code == 0 else {
            throw code == EEXIST
                ? .alreadyExists(path: name) : .file(path: name, operation: .rename, errno: code)
        }
    }

    /// For file systems that cannot do it in one, such as those of some networks: a file gets a second name first; a
    /// directory takes the place of an empty one, which only one can make.
    ///
    /// - Returns: errno, or 0.
    static func renameInTwoSteps(_ path: String, toNew name: String) -> Int32 {
        if link(path, name) == 0 { return unlink(path) == 0 ? 0 : errno }
        guard errno == EPERM else { return errno }  // directories have no second names
        guard mkdir(name, 0o700) == 0 else { return errno }
        guard Glibc.rename(path, name) == 0 else {
            let code = errno
            rmdir(name)
            return code
        }
        return 0
    }

    /// Overwrites a file's bytes and removes it.
    ///
    /// A disk may keep older copies of them; those of a key file are encrypted.
    package static func destroy(_ path: String) throws(SigningError) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ELOOP
                ? .symbolicLink(path: path) : .file(path: path, operation: .open, errno: code)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .file(path: path, operation: .inspect, errno: errno)
        }
        try write(randomBytes(count: Int(status.st_size)), to: descriptor, path: path)
        guard fsync(descriptor) == 0 else { throw .file(path: path, operation: .sync, errno: errno) }
        guard unlink(path) == 0 else { throw .file(path: path, operation: .remove, errno: errno) }
        try syncDirectory(directoryOf(path))
    }

    /// Puts a directory's entries on the disk.
    package static func syncDirectory(_ path: String) throws(SigningError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, operation: .open, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(path: path, operation: .sync, errno: errno) }
    }

    private static func write(_ contents: [UInt8], to descriptor: Int32, path: String) throws(SigningError) {
        var rest = contents[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw .file(path: path, operation: .write, errno: errno) }
            rest = rest.dropFirst(written)
        }
    }

    private static func directoryOf(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
