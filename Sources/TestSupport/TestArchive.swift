/// Archives whose members are kept as they are, not compressed.
enum TestArchive {
    typealias File = (name: String, content: [UInt8])

    static func zip(_ files: [File]) -> [UInt8] {
        var output: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in files {
            // Version 2.0, no flags, stored, midnight of 1980-01-01.
            var fields = little(20, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
            fields += little(Int(crc32(content)), 4) + little(content.count, 4) + little(content.count, 4)
            fields += little(name.utf8.count, 2) + little(0, 2)
            directory += [0x50, 0x4B, 1, 2] + little(0x0314, 2) + fields + little(0, 6)
            directory += little(0o100644 << 16, 4) + little(output.count, 4) + name.utf8
            output += [0x50, 0x4B, 3, 4] + fields + name.utf8 + content
        }
        let end = little(0, 4) + little(files.count, 2) + little(files.count, 2)
        return output + directory + [0x50, 0x4B, 5, 6] + end + little(directory.count, 4)
            + little(output.count, 4) + little(0, 2)
    }

    static func tarGzip(_ files: [File]) -> [UInt8] {
        gzip(files.flatMap { member($0.name, $0.content) } + [UInt8](repeating: 0, count: 1024))
    }

    private static func member(_ name: String, _ content: [UInt8]) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        func octal(_ value: Int, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(content.count, digits: 11), at: 124)
        put("00000000000", at: 136)
        put("        0", at: 148)
        put("ustar\u{0}00", at: 257)
        put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
        return block + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            output += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count, 2) + block
        } while !rest.isEmpty
        return output + little(Int(crc32(bytes)), 4) + little(bytes.count, 4)
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xEDB8_8320) }
        }
    }

    /// Little-endian bytes of the low `count` bytes of a number.
    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
