import Crypto
import Glibc
import HTTPMessage
import TUF
import TUFClient

/// A verified file, open for reading. It stays whole while it is open, also once the cache has let it go.
package final class CachedFile: OpenFile {
    package let descriptor: Int32
    let status: stat

    /// - Returns: nil for what is no regular file; it is closed then.
    init?(owning descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        self.status = status
        if !isRegular { return nil }
    }

    /// - Returns: nil where there is no regular file.
    convenience init?(path: String) throws(FolderError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ELOOP { return nil }
            throw FolderError(path)
        }
        self.init(owning: descriptor)
    }

    deinit { close(descriptor) }

    package var size: Int { status.st_size }

    /// The whole content.
    func bytes() throws(FolderError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        try read { bytes.append(contentsOf: $0) }
        return bytes
    }

    func sha256() throws(FolderError) -> String {
        var hash = SHA256()
        try read { hash.update(bufferPointer: $0) }
        return Hex.encode(Array(hash.finalize()))
    }

    private func read(_ take: (UnsafeRawBufferPointer) -> Void) throws(FolderError) {
        var offset = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while offset < size {
            let count = pread(descriptor, &chunk, chunk.count, offset)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FolderError("a file of the cache", code: count < 0 ? errno : EIO) }
            chunk.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
        }
    }
}
