import CZlib
import Crypto
import Foundation

@testable import Packaging

/// A temporary file without a name, closed with the last reference.
final class TemporaryFile {
    let descriptor: Int32

    init(_ bytes: [UInt8]) {
        var template = Array((NSTemporaryDirectory() + "archive-XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        unlink(template)
        var offset = 0
        while offset < bytes.count {
            offset += bytes[offset...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
    }

    deinit {
        close(descriptor)
    }
}

/// Compresses in one go: raw deflate (-15), gzip (31).
func deflated(_ bytes: [UInt8], windowBits: Int32 = -15) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
        &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
    let count = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            deflate(&stream, Z_FINISH)
            return target.count - Int(stream.avail_out)
        }
    }
    return Array(output.prefix(count))
}

func gzipped(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, windowBits: 31) }

func checksum(_ bytes: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count)))
}

/// Little-endian bytes of the low `count` bytes of a number.
func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// Writes ZIP archives, sound ones or with any field bent.
struct ZipBuilder {
    /// The fields of one header that tests bend.
    struct Header {
        var flags = 0
        var method: Int
        var crc: Int
        var compressedSize: Int
        var size: Int
        var name: [UInt8]
        var extra: [UInt8] = []
        /// Central only.
        var comment: [UInt8] = []
        var disk = 0
        var mode = 0
        var offset = 0
    }

    struct File {
        var data: [UInt8]
        var header: Header
        var isInCentralDirectory = true
        var isInFile = true
        var bendLocal: (inout Header) -> Void = { _ in }
        var bendCentral: (inout Header) -> Void = { _ in }

        init(_ name: String, _ content: [UInt8] = [], stored: Bool = false, mode: Int = 0o100644) {
            data = stored ? content : deflated(content)
            header = Header(
                method: stored ? 0 : 8, crc: Int(checksum(content)), compressedSize: data.count,
                size: content.count, name: Array(name.utf8))
            if !name.utf8.allSatisfy({ $0 < 0x80 }) { header.flags = 1 << 11 }
            header.mode = mode
        }
    }

    struct End {
        var records: Int
        var recordsHere: Int
        var size: Int
        var offset: Int
        var disk = 0
        var comment: [UInt8] = []
        var commentLength: Int?
    }

    var files: [File]
    var prefix: [UInt8] = []
    var suffix: [UInt8] = []
    var zip64 = false
    /// Bytes between the last local entry and the central directory.
    var gap: [UInt8] = []
    var bendEnd: (inout End) -> Void = { _ in }

    init(_ files: [File]) {
        self.files = files
    }

    func bytes() -> [UInt8] {
        var output = prefix
        var central: [UInt8] = []
        for file in files {
            let offset = output.count
            var local = file.header
            file.bendLocal(&local)
            if file.isInFile { output += Self.local(local) + file.data }
            var header = file.header
            header.offset = offset
            file.bendCentral(&header)
            if file.isInCentralDirectory { central += Self.central(header) }
        }
        output += gap
        let count = files.count { $0.isInCentralDirectory }
        var end = End(records: count, recordsHere: count, size: central.count, offset: output.count)
        bendEnd(&end)
        output += central
        if zip64 {
            let position = output.count
            output += ZipRecord.end64 + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
            output += little(end.recordsHere, 8) + little(end.records, 8)
            output += little(end.size, 8) + little(end.offset, 8)
            output += ZipRecord.end64Locator + little(0, 4) + little(position, 8) + little(1, 4)
        }
        output += ZipRecord.end + little(end.disk, 2) + little(end.disk, 2)
        output += little(end.recordsHere, 2) + little(end.records, 2) + little(end.size, 4)
        output += little(end.offset, 4) + little(end.commentLength ?? end.comment.count, 2) + end.comment
        return output + suffix
    }

    private static func local(_ header: Header) -> [UInt8] {
        ZipRecord.local + little(20, 2) + little(header.flags, 2) + little(header.method, 2) + little(0, 4)
            + little(header.crc, 4) + little(header.compressedSize, 4) + little(header.size, 4)
            + little(header.name.count, 2) + little(header.extra.count, 2) + header.name + header.extra
    }

    private static func central(_ header: Header) -> [UInt8] {
        var bytes = ZipRecord.central + little(0x0314, 2) + little(20, 2) + little(header.flags, 2)
        bytes += little(header.method, 2) + little(0, 4) + little(header.crc, 4)
        bytes += little(header.compressedSize, 4) + little(header.size, 4) + little(header.name.count, 2)
        bytes += little(header.extra.count, 2) + little(header.comment.count, 2) + little(header.disk, 2)
        bytes += little(0, 2) + little(header.mode << 16, 4) + little(header.offset, 4)
        return bytes + header.name + header.extra + header.comment
    }
}

/// Writes tar archives, sound ones or bent ones.
struct TarBuilder {
    var blocks: [UInt8] = []

    mutating func add(
        _ name: String, _ content: [UInt8] = [], type: Character = "0", link: String = "", size: Int? = nil,
        magic: String = "ustar\0", prefix: String = "", bend: (inout [UInt8]) -> Void = { _ in }
    ) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { block[offset + index] = byte }
        }
        put(name.utf8.prefix(100), at: 0)
        put("0000644\0".utf8, at: 100)
        put("0000000\0".utf8, at: 108)
        put("0000000\0".utf8, at: 116)
        let octal = String(size ?? content.count, radix: 8)
        put((String(repeating: "0", count: 11 - octal.count) + octal + "\0").utf8, at: 124)
        put("00000000000\0".utf8, at: 136)
        put(type.utf8, at: 156)
        put(link.utf8.prefix(100), at: 157)
        put(magic.utf8, at: 257)
        if magic == "ustar\0" { put("00".utf8, at: 263) }
        put(prefix.utf8, at: 345)
        put("        ".utf8, at: 148)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put((String(repeating: "0", count: 6 - sum.count) + sum + "\0 ").utf8, at: 148)
        bend(&block)
        blocks += block + content
        blocks += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    mutating func addPax(_ records: [(String, String)], type: Character = "x") {
        add("PaxHeaders/x", Self.pax(records), type: type)
    }

    static func pax(_ records: [(String, String)]) -> [UInt8] {
        records.flatMap { key, value -> [UInt8] in
            let body = " \(key)=\(value)\n"
            var length = body.utf8.count + 1
            while String(length).utf8.count + body.utf8.count != length { length += 1 }
            return Array("\(length)\(body)".utf8)
        }
    }

    /// The archive with its end, not compressed.
    func bytes() -> [UInt8] { blocks + [UInt8](repeating: 0, count: 1024) }
}

let demo = try! ProjectName("Demo.Pkg")
let demoVersion = try! Version("1.0")

/// The files of a sound wheel, from which tests deviate.
struct WheelFixture {
    var filename = "demo_pkg-1.0-py3-none-any.whl"
    var directory = "demo_pkg-1.0.dist-info"
    var metadata = "Metadata-Version: 2.1\nName: Demo.Pkg\nVersion: 1.0\n"
    var files: [(name: String, content: [UInt8])] = [("demo_pkg/__init__.py", Array("x = 1\n".utf8))]
    /// Given the generated text, what RECORD is; nil leaves it out.
    var record: (String) -> String? = { $0 }
    var bend: (inout ZipBuilder) -> Void = { _ in }

    func bytes() -> [UInt8] {
        var all = files
        if !metadata.isEmpty { all.append(("\(directory)/METADATA", Array(metadata.utf8))) }
        all.append(("\(directory)/WHEEL", Array("Wheel-Version: 1.0\n".utf8)))
        var lines = ""
        for (name, content) in all where !name.hasSuffix("/") {
            let digest = base64URL(Array(SHA256.hash(data: content)))
            lines += "\(name.contains(",") ? "\"\(name)\"" : name),sha256=\(digest),\(content.count)\n"
        }
        lines += "\(directory)/RECORD,,\n"
        if let text = record(lines) { all.append(("\(directory)/RECORD", Array(text.utf8))) }
        var builder = ZipBuilder(all.map { .init($0.name, $0.content) })
        bend(&builder)
        return builder.bytes()
    }
}

func inspect(
    _ bytes: [UInt8], _ filename: String, limits: ArchiveLimits = .default, policy: RecordPolicy = .refuse
) throws -> InspectedDistribution {
    let file = TemporaryFile(bytes)
    defer { withExtendedLifetime(file) {} }
    return try DistributionInspector(limits: limits, recordPolicy: policy).inspect(
        descriptor: file.descriptor, filename: try DistributionFilename(filename))
}
