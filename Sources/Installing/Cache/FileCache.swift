import Crypto
import Glibc
package import HTTPClient
import Synchronization
import TUF
package import TUFClient

/// Verified files by their SHA-256, shared by every client and process of a user, up to a size.
///
/// A file is hashed while it comes and gets its name only if the hash is right; it is hashed again when a process
/// first opens it, since others may have been at the disk. What was not used for longest goes first.
///
/// - Shape: `<64 hex digits>`; `.unfinished-…` while a file comes.
package final class FileCache: Sendable {
    private struct State {
        /// Bytes in the folder; nil until it was looked at.
        var total: Int?
        /// Files whose content this process has verified, as they were then.
        var verified: [String: Identity] = [:]
    }

    private struct Identity: Hashable {
        let inode: UInt
        let size: Int
        let changedSeconds: Int
        let changedNanoseconds: Int

        init(_ status: stat) {
            inode = status.st_ino
            size = status.st_size
            changedSeconds = status.st_ctim.tv_sec
            changedNanoseconds = status.st_ctim.tv_nsec
        }
    }

    private let folder: PrivateFolder
    private let maxBytes: Int
    private let state = Mutex(State())
    private let arriving = SingleFlight<String>()

    /// - Parameters:
    ///   - path: made where it is missing.
    ///   - maxBytes: of all files together; one that is larger alone is served and not kept for long.
    /// - Throws: `FolderError`.
    package init(_ path: String, maxBytes: Int) throws(FolderError) {
        folder = try PrivateFolder(path)
        self.maxBytes = maxBytes
    }

    /// The file with a digest: the one that is kept, or the one that `fetch` brings.
    ///
    /// - Parameters:
    ///   - sha256: 64 lowercase hexadecimal digits.
    ///   - fetch: hands the file's bytes to the sink, piece by piece; runs once, however many ask.
    /// - Throws: what `fetch` throws; ``CacheError``, `FolderError`.
    package func file(
        _ sha256: String, fetch: (_ sink: @escaping HTTPClient.Sink) throws -> Void
    ) throws -> CachedFile {
        guard sha256.utf8.count == 64, Hex.isLowercase(sha256) else {
            throw CacheError.malformedDigest(sha256)
        }
        return try arriving.alone(sha256) {
            if let kept = try open(sha256) { return kept }
            let file = try receive(sha256, fetch)
            makeRoom(sparing: sha256)
            return file
        }
    }

    /// As above, for files that are small enough for memory.
    package func bytes(of sha256: String, fetch: () throws -> [UInt8]) throws -> [UInt8] {
        try file(sha256) { sink in try fetch().withUnsafeBytes(sink) }.bytes()
    }

    private func open(_ sha256: String) throws -> CachedFile? {
        guard let file = try CachedFile(path: "\(folder.path)/\(sha256)") else { return nil }
        let identity = Identity(file.status)
        if state.withLock({ $0.verified[sha256] != identity }) {
            guard try file.sha256() == sha256 else {
                // Somebody or the disk has changed it.
                unlink("\(folder.path)/\(sha256)")
                return nil
            }
        }
        state.withLock { $0.verified[sha256] = identity }
        return file
    }

    private func receive(
        _ sha256: String, _ fetch: (_ sink: @escaping HTTPClient.Sink) throws -> Void
    ) throws -> CachedFile {
        var template = Array("\(folder.path)/\(PrivateFolder.unfinishedPrefix)XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)  // mode 0600
        guard descriptor >= 0 else { throw FolderError(folder.path) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let unfinished = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var kept: CachedFile?
        defer {
            if kept == nil {
                close(descriptor)
                unlink(unfinished)
            }
        }
        var hash = SHA256()
        let path = folder.path
        try fetch { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw FolderError(path) }
                rest = rest.dropFirst(count)
            }
            hash.update(bufferPointer: bytes)
        }
        let actual = Hex.encode(Array(hash.finalize()))
        guard actual == sha256 else { throw CacheError.wrongDigest(expected: sha256, actual: actual) }
        guard rename(unfinished, "\(folder.path)/\(sha256)") == 0 else { throw FolderError(folder.path) }
        guard let file = CachedFile(owning: descriptor) else { throw FolderError(folder.path) }
        kept = file
        state.withLock { state in
            state.verified[sha256] = Identity(file.status)
            state.total = state.total.map { $0 + file.size }
        }
        return file
    }

    /// Removes what was not used for longest, until a tenth of the size is free.
    private func makeRoom(sparing newest: String) {
        arriving.alone("") {
            if let total = state.withLock({ $0.total }), total <= maxBytes { return }
            var files = folder.names().compactMap { name -> (name: String, status: stat)? in
                var status = stat()
                guard name.utf8.count == 64, lstat("\(folder.path)/\(name)", &status) == 0 else { return nil }
                return (name, status)
            }
            var total = files.reduce(0) { $0 + $1.status.st_size }
            if total > maxBytes {
                // Not every file system notes when a file was read.
                files.sort { $0.status.lastUse < $1.status.lastUse }
                for file in files where file.name != newest && total > maxBytes / 10 * 9 {
                    if unlink("\(folder.path)/\(file.name)") == 0 { total -= file.status.st_size }
                    _ = state.withLock { $0.verified.removeValue(forKey: file.name) }
                }
            }
            state.withLock { $0.total = total }
        }
    }
}

extension stat {
    /// Seconds since 1970.
    fileprivate var lastUse: Int { max(st_atim.tv_sec, st_mtim.tv_sec) }
}

/// Why a file is not in the cache.
package enum CacheError: Error, Hashable, Sendable {
    case malformedDigest(String)
    case wrongDigest(expected: String, actual: String)
}
