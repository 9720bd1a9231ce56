import Foundation

/// Which server, if any, `postmaster.pid` says serves a data directory.
enum Occupant: Hashable, Sendable {
    case none
    /// The file is left over and its process gone. PostgreSQL sees that too, and waits for the children of a server
    /// that was killed.
    case ended
    /// The file is left over and its number now another program's, which would keep PostgreSQL from starting.
    case replaced
    /// A server runs, and its socket is in this directory.
    case server(process: pid_t, socketDirectory: String)

    /// - Source: PostgreSQL `src/include/utils/pidfile.h`: line 1 is the process, 5 the socket's directory.
    init(of data: Descriptor) {
        guard let file = try? Descriptor(opening: "postmaster.pid", in: data, flags: O_RDONLY) else {
            self = .none
            return
        }
        let lines = file.tail(maxBytes: 4096).split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let process = pid_t(first), process > 1 else {
            self = .replaced
            return
        }
        guard Self.mayServe(process, data: data) else {
            self = kill(process, 0) == 0 || errno != ESRCH ? .replaced : .ended
            return
        }
        self = .server(process: process, socketDirectory: lines.count > 4 ? String(lines[4]) : "")
    }

    /// Whether the process may be a server for the data: PostgreSQL works inside its data directory.
    private static func mayServe(_ process: pid_t, data: Descriptor) -> Bool {
        var directory = stat()
        if stat("/proc/\(process)/cwd", &directory) == 0, let ours = data.status {
            return directory.st_dev == ours.st_dev && directory.st_ino == ours.st_ino
        }
        // Without the right to look (root in a container without CAP_SYS_PTRACE) the program's name decides.
        guard errno == EACCES || errno == EPERM,
            let name = FileManager.default.contents(atPath: "/proc/\(process)/comm")
        else { return false }
        return String(decoding: name, as: UTF8.self).hasPrefix("postgres")
    }
}
