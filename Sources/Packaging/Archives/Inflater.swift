import CZlib
import Glibc

/// Expands deflate data piece by piece with a fixed amount of memory.
final class Inflater {
    enum Format {
        /// Deflate without a wrapper, as ZIP holds it.
        case raw
        /// One gzip member; zlib checks its CRC and length.
        case gzip
    }

    static let chunkBytes = 64 * 1024

    /// The data are complete, and so is what was expanded from them.
    private(set) var isFinished = false

    private let state: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    private let corrupt: ArchiveError

    /// - Parameter corrupt: what to throw for bad data.
    init(format: Format, corrupt: ArchiveError) throws(ArchiveError) {
        self.corrupt = corrupt
        state = .allocate(capacity: 1)
        state.initialize(to: z_stream())
        output = .allocate(byteCount: 4 * Self.chunkBytes, alignment: 16)
        let windowBits: Int32 =
            switch format {
            case .raw: -MAX_WBITS
            case .gzip: MAX_WBITS + 16
            }
        let result = inflateInit2_(state, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { throw .unreadable(code: ENOMEM) }
    }

    deinit {
        inflateEnd(state)
        state.deallocate()
        output.deallocate()
    }

    /// Expands a piece.
    ///
    /// - Parameter body: takes what was expanded; returns false to refuse it as corrupt.
    /// - Returns: how many bytes were used: all, unless the data ended before.
    /// - Throws: `corrupt` as given.
    func feed(_ input: [UInt8], _ body: (UnsafeRawBufferPointer) -> Bool) throws(ArchiveError) -> Int {
        var used = 0
        var accepted = true
        input.withUnsafeBytes { raw in
            // zlib's interface is not const-correct; it does not write through `next_in`.
            state.pointee.next_in = UnsafeMutablePointer(
                mutating: raw.baseAddress?.assumingMemoryBound(to: UInt8.self))
            state.pointee.avail_in = UInt32(raw.count)
            repeat {
                state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                state.pointee.avail_out = UInt32(output.count)
                let result = inflate(state, Z_NO_FLUSH)
                isFinished = result == Z_STREAM_END
                // Z_BUF_ERROR: nothing left to do without more input; not an error.
                accepted = result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR
                let produced = output.count - Int(state.pointee.avail_out)
                if accepted, produced > 0 {
                    accepted = body(UnsafeRawBufferPointer(rebasing: output[..<produced]))
                }
            } while accepted && !isFinished && state.pointee.avail_out == 0
            used = raw.count - Int(state.pointee.avail_in)
            state.pointee.next_in = nil
        }
        guard accepted else { throw corrupt }
        return used
    }
}
