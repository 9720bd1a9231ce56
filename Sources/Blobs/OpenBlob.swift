import Glibc

/// A stored file, open for reading.
package final class OpenBlob: Sendable {
    /// Bytes.
    package let size: Int

    private let descriptor: Descriptor

    init(descriptor: Descriptor, size: Int) {
        self.descriptor = descriptor
        self.size = size
    }

    /// A descriptor of the caller's own, who closes it. It outlives this object and the file's removal.
    ///
    /// - Throws: `.system` (`EMFILE`).
    package func makeDescriptor() throws(BlobError) -> Int32 {
        let copy = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .failed("duplicate descriptor") }
        return copy
    }

    /// Reads up to `count` bytes at `offset`; fewer only at the end of the file.
    package func read(at offset: Int, count: Int) throws(BlobError) -> [UInt8] {
        try descriptor.read(at: offset, count: min(count, max(0, size - offset)))
    }

    func readAll() throws(BlobError) -> [UInt8] {
        try read(at: 0, count: size)
    }
}

extension Descriptor {
    /// Reads `count` bytes at `offset`, or up to the end of the file.
    func read(at offset: Int, count: Int) throws(BlobError) -> [UInt8] {
        var failure: BlobError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let start = filled
                let got = retryingOnInterrupt {
                    pread(number, buffer.baseAddress.map { $0 + start }, count - start, off_t(offset + start))
                }
                if got < 0 { failure = .failed("pread") }
                if got <= 0 { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
