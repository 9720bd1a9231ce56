import CZlib
import Glibc

/// A gzip file of lines, written in one pass. It takes its name when it is whole, and never another file's place.
final class GzipLineWriter {
    private let path: String
    private let unfinished: String
    private var file: gzFile?

    /// - Throws: ``ArchiveFault/file(path:errno:)``.
    init(creating path: String) throws(ArchiveFault) {
        self.path = path
        unfinished = "\(path).unfinished-\(getpid())"
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
        file = gzdopen(descriptor, "wb9")
        guard file != nil else {
            close(descriptor)
            throw .file(path: path, errno: ENOMEM)
        }
    }

    deinit {
        if let file { gzclose_w(file) }
        unlink(unfinished)
    }

    func write(_ line: [UInt8]) throws(ArchiveFault) {
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 << 20)
            let written = piece.withUnsafeBytes { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
            guard written > 0 else { throw .file(path: path, errno: errno) }
            rest = rest.dropFirst(Int(written))
        }
    }

    /// Puts the file on the disk, under its name.
    ///
    /// - Throws: ``ArchiveFault/file(path:errno:)``, with `EEXIST` where the name is taken.
    func finish() throws(ArchiveFault) {
        let status = gzclose_w(file)
        file = nil
        guard status == Z_OK else { throw .file(path: path, errno: EIO) }
        let descriptor = open(unfinished, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0, link(unfinished, path) == 0 else {
            throw .file(path: path, errno: errno)
        }
    }
}

/// Reads a gzip file line by line, in bounded memory.
final class GzipLineReader {
    private let path: String
    private let file: gzFile
    private var buffer: [UInt8] = []
    private var position = 0

    /// Our own limit: the largest page or role of an index of PyPI's size has some ten million bytes.
    private static let maxLineBytes = 128 << 20

    init(opening path: String) throws(ArchiveFault) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = gzdopen(descriptor, "rb")
        else {
            close(descriptor)
            throw .file(path: path, errno: EINVAL)
        }
        self.path = path
        self.file = file
    }

    deinit { gzclose_r(file) }

    /// - Returns: nil at the end.
    /// - Throws: `.damaged` for what is no gzip, or is cut off.
    func next() throws(ArchiveFault) -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return Array(buffer[position..<end])
            }
            guard buffer.count - position <= Self.maxLineBytes else { throw .damaged(path: path) }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            var chunk = [UInt8](repeating: 0, count: 1 << 20)
            let count = gzread(file, &chunk, UInt32(chunk.count))
            guard count >= 0, gzdirect(file) == 0 else { throw .damaged(path: path) }
            if count == 0 {
                guard buffer.isEmpty else { throw .damaged(path: path) }
                return nil
            }
            buffer += chunk[..<Int(count)]
        }
    }
}

/// Why a snapshot archive cannot be written or used.
package enum ArchiveFault: Error, Hashable, Sendable {
    case file(path: String, errno: Int32)
    /// Cut off, or not an archive of this software.
    case damaged(path: String)
    /// What it holds next is not what the snapshot needs next.
    case unexpected(path: String, needed: String)
    /// A page that its metadata does not list as it is.
    case wrongPage(path: String, page: String)
}

extension ArchiveFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let path, let errno): "\(path): \(String(cString: strerror(errno)))"
        case .damaged(let path): "\(path): not a snapshot archive, or not a whole one"
        case .unexpected(let path, let needed): "\(path): the archive lacks \(needed)"
        case .wrongPage(let path, let page): "\(path): the archive's '\(page)' is not what the metadata lists"
        }
    }
}
