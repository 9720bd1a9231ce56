/// One 512-byte header block of a tar archive.
///
/// - Source: POSIX pax interchange format (ustar); GNU tar's variant.
struct TarHeader {
    enum Kind: Hashable {
        case file, directory, hardLink, symbolicLink
        case extended, globalExtended
        case longName, longLink
        case sparse
        case other
    }

    static let blockBytes = 512

    /// With the ustar prefix joined, as bytes.
    let name: [UInt8]
    let linkName: [UInt8]
    let size: Int
    /// The size field holds octal digits up to 8 GiB, so an extended header has no reason to give another.
    let sizeFitsOctal: Bool
    let kind: Kind

    /// - Throws: `.tar(.badChecksum)`, `.tar(.malformedHeader)`, `.tar(.ambiguousHeader)`.
    init(_ block: ArraySlice<UInt8>) throws(ArchiveError) {
        guard block.count == Self.blockBytes else { throw .tar(.truncated) }
        let bytes = Array(block)
        guard Self.hasValidChecksum(bytes) else { throw .tar(.badChecksum) }
        size = try Self.number(bytes[124..<136])
        sizeFitsOctal = size < 1 << 33
        linkName = Self.text(bytes[157..<257])

        let isPOSIX = bytes[257..<263].elementsEqual("ustar\0".utf8)
        let prefix = Self.text(bytes[345..<500])
        // GNU and old headers have no prefix; Python reads one from them all the same.
        guard isPOSIX || prefix.isEmpty else { throw .tar(.ambiguousHeader("prefix")) }
        let shortName = Self.text(bytes[0..<100])
        name = prefix.isEmpty ? shortName : prefix + [UInt8(character: "/")] + shortName
        kind = Self.kind(bytes[156], name: name)
    }

    /// Whether a block could be the first of a tar archive.
    static func isPlausible(_ block: ArraySlice<UInt8>) -> Bool {
        block.count == blockBytes && hasValidChecksum(Array(block))
    }

    private static func kind(_ flag: UInt8, name: [UInt8]) -> Kind {
        switch Unicode.Scalar(flag) {
        // Before POSIX a directory was a file whose name ends in a slash.
        case "0", "\0": name.last == "/" ? .directory : .file
        case "1": .hardLink
        case "2": .symbolicLink
        case "5": .directory
        case "x", "X": .extended
        case "g": .globalExtended
        case "L": .longName
        case "K": .longLink
        case "S": .sparse
        default: .other
        }
    }

    /// The sum of the block's bytes with the checksum field as spaces; old writers summed signed bytes.
    private static func hasValidChecksum(_ bytes: [UInt8]) -> Bool {
        guard let declared = try? number(bytes[148..<156]) else { return false }
        var (unsigned, signed) = (8 * 0x20, 8 * 0x20)
        for (index, byte) in bytes.enumerated() where !(148..<156).contains(index) {
            unsigned += Int(byte)
            signed += Int(Int8(bitPattern: byte))
        }
        return declared == unsigned || declared == signed
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// Octal digits, padded with spaces and NUL; or, in GNU's way, big-endian binary after a byte of 0x80.
    private static func number(_ field: ArraySlice<UInt8>) throws(ArchiveError) -> Int {
        if field.first == 0x80 {
            let digits = field.dropFirst().drop { $0 == 0 }
            guard digits.count < 8 else { throw .tar(.malformedHeader) }
            return digits.reduce(0) { $0 << 8 | Int($1) }
        }
        let digits = field.prefix { $0 != 0 }.drop { $0 == " " }.prefix { $0 != " " }
        let rest = field[digits.endIndex...]
        guard digits.count <= 12, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x37 }),
            rest.allSatisfy({ $0 == 0 || $0 == " " })
        else { throw .tar(.malformedHeader) }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
}
