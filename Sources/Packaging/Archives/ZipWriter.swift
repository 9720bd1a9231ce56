import CZlib
import Glibc

/// Writes a ZIP archive of stored (uncompressed) entries to a file, in one pass over each.
///
/// - Source: PKWARE APPNOTE.TXT 6.3.10. No ZIP64: an entry and the whole stay under 4 GiB.
package struct ZipWriter {
    private struct Record {
        let name: [UInt8]
        let crc: UInt32
        let size: UInt32
        let offset: UInt32
    }

    private let descriptor: Int32
    private var records: [Record] = []
    private var offset = 0

    /// - Parameter descriptor: of an empty regular file; stays the caller's.
    package init(descriptor: Int32) { self.descriptor = descriptor }

    /// - Throws: ``ZipWriterError``.
    package mutating func add(_ name: String, _ bytes: [UInt8]) throws(ZipWriterError) {
        var rest = bytes[...]
        try add(name) {
            defer { rest = [] }
            return Array(rest)
        }
    }

    /// - Parameter source: read from its start to its end by position; stays the caller's.
    /// - Throws: ``ZipWriterError``.
    package mutating func add(_ name: String, contentsOf source: Int32) throws(ZipWriterError) {
        var position = 0
        try add(name) { () throws(ZipWriterError) in
            var chunk = [UInt8](repeating: 0, count: 1 << 18)
            var count = pread(source, &chunk, chunk.count, off_t(position))
            while count < 0 && errno == EINTR { count = pread(source, &chunk, chunk.count, off_t(position)) }
            guard count >= 0 else { throw .system(errno) }
            position += count
            return Array(chunk[..<count])
        }
    }

    /// Writes the central directory. Nothing is added after it.
    package mutating func finish() throws(ZipWriterError) {
        guard records.count < ZipRecord.inZip64Short else { throw .tooLarge }
        let start = offset
        for record in records {
            let fields = ZipRecord.central + little(20, 2) + header(record) + little(0, 10) + little(0, 4)
            try append(fields.dropLast(4) + little(Int(record.offset), 4) + record.name)
        }
        let (size, count) = (offset - start, records.count)
        try append(
            ZipRecord.end + little(0, 4) + little(count, 2) + little(count, 2) + little(size, 4)
                + little(start, 4) + little(0, 2))
    }

    private mutating func add(
        _ name: String, chunk: () throws(ZipWriterError) -> [UInt8]
    ) throws(ZipWriterError) {
        let start = offset
        let unfinished = Record(name: Array(name.utf8), crc: 0, size: 0, offset: try bounded(start))
        try append(ZipRecord.local + header(unfinished) + unfinished.name)
        let dataStart = offset
        var crc = crc32(0, nil, 0)
        while true {
            let bytes = try chunk()
            if bytes.isEmpty { break }
            crc = crc32(crc, bytes, UInt32(bytes.count))
            try append(bytes)
        }
        let record = Record(
            name: unfinished.name, crc: UInt32(truncatingIfNeeded: crc),
            size: try bounded(offset - dataStart),
            offset: unfinished.offset)
        try write(ZipRecord.local + header(record), at: start)
        records.append(record)
    }

    /// From the version needed to the length of the extra field, which local and central records share.
    private func header(_ record: Record) -> [UInt8] {
        let isASCII = record.name.allSatisfy { $0 < 0x80 }
        // 1980-01-01, the first day that ZIP can say: archives of the same files are the same.
        return little(20, 2) + little(isASCII ? 0 : ZipFlags.utf8, 2) + little(0, 2) + little(0, 2)
            + little(0x21, 2) + little(Int(record.crc), 4) + little(Int(record.size), 4)
            + little(Int(record.size), 4) + little(record.name.count, 2) + little(0, 2)
    }

    private func bounded(_ number: Int) throws(ZipWriterError) -> UInt32 {
        guard number < ZipRecord.inZip64 else { throw .tooLarge }
        return UInt32(number)
    }

    private func little(_ number: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private mutating func append(_ bytes: [UInt8]) throws(ZipWriterError) {
        try write(bytes, at: offset)
        offset += bytes.count
        _ = try bounded(offset)
    }

    private func write(_ bytes: [UInt8], at position: Int) throws(ZipWriterError) {
        var rest = bytes[...]
        var position = position
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(position)) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(errno) }
            position += count
            rest = rest.dropFirst(count)
        }
    }
}

package enum ZipWriterError: Error, Hashable, Sendable {
    /// The system's error number.
    case system(Int32)
    case tooLarge
}
