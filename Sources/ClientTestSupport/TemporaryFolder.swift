package import Foundation
import Glibc

/// A folder of a test's own, removed with it.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        path = FileManager.default.temporaryDirectory.path + "/bonded-client-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The bytes of a file below it; nil where there is none.
    package func bytes(of name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(path)/\(name)").map { [UInt8]($0) }
    }

    /// Writes a file below it, in place.
    package func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    /// The files in a folder below it, in order, hidden ones too.
    package func names(in folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }

    /// What `ls -l` shows: nine bits, and whether it is a link.
    package func status(of name: String) -> (mode: mode_t, isLink: Bool) {
        var status = stat()
        lstat("\(path)/\(name)", &status)
        return (status.st_mode & 0o777, status.st_mode & S_IFMT == S_IFLNK)
    }

    /// Sets when a file was last read and written.
    package func setTime(of name: String, secondsSinceEpoch: Int) {
        let moment = timespec(tv_sec: secondsSinceEpoch, tv_nsec: 0)
        utimensat(AT_FDCWD, "\(path)/\(name)", [moment, moment], 0)
    }
}
