import Glibc
import Signing

/// Puts a bundle on the disk: whole under its name, or not at all.
struct BundleWriter {
    /// In folders of one level, or in none.
    let files: BundleFiles

    private var subdirectories: [String] {
        Set(files.all.compactMap { file in file.path.firstIndex(of: "/").map { String(file.path[..<$0]) } })
            .sorted()
    }

    /// Whether anything, a dangling link included, has the name.
    static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Writes to a directory of its own beside `directory`, lets `check` look at the result, then renames it.
    ///
    /// Signals that end a program are held back meanwhile (on this thread): Ctrl-C gives all or nothing, too. Power
    /// loss can leave `.<name>.unfinished-…` behind, with no key in it that is not encrypted.
    func write(
        to directory: String, check: (_ unfinished: String) throws(CeremonyError) -> Void
    ) throws(CeremonyError) {
        let (parent, name) = Self.split(directory)
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        var template = Array("\(parent)/.\(name).unfinished-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {  // mode 0700
            throw .signing(.file(path: directory, operation: .create, errno: errno))
        }
        let unfinished = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        do {
            try fill(unfinished)
            try check(unfinished)
            try Self.rename(unfinished, to: directory)
        } catch {
            remove(unfinished)
            throw error
        }
        try Self.sync(parent)
    }

    private func fill(_ unfinished: String) throws(CeremonyError) {
        for name in subdirectories {
            guard mkdir("\(unfinished)/\(name)", 0o700) == 0 else {
                throw .signing(.file(path: "\(unfinished)/\(name)", operation: .create, errno: errno))
            }
        }
        for (path, contents) in files.all {
            do { try PrivateFile.create("\(unfinished)/\(path)", contents: contents) } catch {
                throw .signing(error)
            }
        }
        try Self.sync(unfinished)
    }

    /// Removes what `fill` can have made.
    private func remove(_ unfinished: String) {
        for (path, _) in files.all { unlink("\(unfinished)/\(path)") }
        for name in subdirectories { rmdir("\(unfinished)/\(name)") }
        rmdir(unfinished)
    }

    private static func rename(_ unfinished: String, to directory: String) throws(CeremonyError) {
        do throws(SigningError) {
            try PrivateFile.rename(unfinished, toNew: directory)
        } catch .alreadyExists {
            throw .directoryExists(path: directory)
        } catch {
            throw .signing(error)
        }
    }

    private static func sync(_ directory: String) throws(CeremonyError) {
        do { try PrivateFile.syncDirectory(directory) } catch { throw .signing(error) }
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        var path = path[...]
        while path.count > 1 && path.hasSuffix("/") { path = path.dropLast() }
        guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        return (parent, String(path[path.index(after: slash)...]))
    }
}
