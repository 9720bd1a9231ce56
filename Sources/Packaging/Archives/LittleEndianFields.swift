/// Reads the fields of a ZIP record in order; running out of bytes is `.zip(.malformed)`.
struct LittleEndianFields {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    var remaining: Int { bytes.endIndex - position }

    mutating func take(_ count: Int) throws(ArchiveError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .zip(.malformed) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func skip(_ count: Int) throws(ArchiveError) {
        _ = try take(count)
    }

    mutating func uint16() throws(ArchiveError) -> Int { Int(try number(bytes: 2)) }

    mutating func uint32() throws(ArchiveError) -> Int { Int(try number(bytes: 4)) }

    /// Sizes and offsets beyond 2⁶³ are malformed.
    mutating func uint64() throws(ArchiveError) -> Int {
        guard let value = Int(exactly: try number(bytes: 8)) else { throw .zip(.malformed) }
        return value
    }

    private mutating func number(bytes count: Int) throws(ArchiveError) -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
