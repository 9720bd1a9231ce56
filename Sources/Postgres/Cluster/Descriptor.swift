import Foundation

/// An open file, closed when the last reference goes. Never inherited by other programs.
final class Descriptor: Sendable {
    let number: Int32

    /// Takes over an open descriptor.
    private init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// - Parameter path: relative to `base`, if there is one. A link at its end is refused.
    /// - Throws: `.file`.
    init(
        opening path: String, in base: Descriptor? = nil, flags: Int32, mode: mode_t = 0o600
    ) throws(ClusterError) {
        number = openat(base?.number ?? AT_FDCWD, path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
    }

    /// Makes an empty file without a name to collect a program's output.
    static func temporary() throws(ClusterError) -> Descriptor {
        var template = Array("/tmp/bonded-output-XXXXXX".utf8CString)
        let number = mkstemp(&template)
        guard number >= 0 else { throw .file(path: "/tmp", reason: String(cString: strerror(errno))) }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return Descriptor(number)
    }

    var status: stat? {
        var status = stat()
        return fstat(number, &status) == 0 ? status : nil
    }

    /// The last bytes of the file as text.
    func tail(maxBytes: Int = 2048) -> String {
        guard let size = status?.st_size else { return "" }
        let start = max(0, Int(size) - maxBytes)
        var bytes = [UInt8](repeating: 0, count: Int(size) - start)
        let count = pread(number, &bytes, bytes.count, off_t(start))
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
