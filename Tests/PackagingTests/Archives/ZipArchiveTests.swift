import Testing

@testable import Packaging

/// Why the archive is refused, as far as the archive alone is concerned; nil when it is sound.
func verdict(_ bytes: [UInt8], limits: ArchiveLimits = .default) -> String? {
    let temporary = TemporaryFile(bytes)
    defer { withExtendedLifetime(temporary) {} }
    do throws(ArchiveError) {
        var archive = try ZipArchive(file: ArchiveFile(descriptor: temporary.descriptor), limits: limits)
        try archive.checkFraming()
        for entry in archive.directory.entries { try archive.stream(entry) { _ in } }
        return nil
    } catch {
        guard case .zip(let fault) = error else { return error.reason }
        return fault.reason
    }
}

/// An archive and what is said of it.
struct ZipCase: CustomTestStringConvertible, Sendable {
    let rule: String
    let reason: String?
    let bytes: [UInt8]

    init(
        _ rule: String, _ reason: String?, _ files: [ZipBuilder.File],
        _ bend: (inout ZipBuilder) -> Void = { _ in }
    ) {
        self.rule = rule
        self.reason = reason
        var builder = ZipBuilder(files)
        bend(&builder)
        bytes = builder.bytes()
    }

    var testDescription: String { rule }
}

private let text = Array("hello hello hello hello".utf8)

private func file(_ name: String = "a.txt", _ bend: (inout ZipBuilder.File) -> Void = { _ in })
    -> ZipBuilder.File
{
    var file = ZipBuilder.File(name, text)
    bend(&file)
    return file
}

private func local(_ bend: @escaping (inout ZipBuilder.Header) -> Void) -> ZipBuilder.File {
    file { $0.bendLocal = bend }
}

private func central(_ bend: @escaping (inout ZipBuilder.Header) -> Void) -> ZipBuilder.File {
    file { $0.bendCentral = bend }
}

private func both(_ bend: @escaping (inout ZipBuilder.Header) -> Void) -> ZipBuilder.File {
    file { bend(&$0.header) }
}

private func extra(_ id: Int, _ data: [UInt8]) -> [UInt8] { little(id, 2) + little(data.count, 2) + data }

@Suite("ZIP archives")
struct ZipArchiveTests {
    static let sound: [ZipCase] = [
        ZipCase("deflated and stored files", nil, [file(), .init("b", text, stored: true)]),
        ZipCase("an empty archive", nil, []),
        ZipCase("an empty file", nil, [.init("empty"), .init("stored", [], stored: true)]),
        ZipCase("directories", nil, [.init("d/", [], stored: true, mode: 0o040755), file("d/a")]),
        ZipCase("names in UTF-8, flagged", nil, [file("é.txt")]),
        ZipCase(
            "names that differ only in composition", nil, [file("\u{E9}"), file("e\u{301}")]),
        ZipCase("a comment at the very end", nil, [file()]) {
            $0.bendEnd = { $0.comment = Array("hi".utf8) }
        },
        ZipCase("ZIP64 end records", nil, [file()]) { $0.zip64 = true },
        ZipCase("no Unix mode", nil, [both { $0.mode = 0 }]),
        ZipCase("an unknown extra", nil, [both { $0.extra = extra(0x5455, [1, 2, 3, 4, 5]) }]),
        ZipCase(
            "a Unicode path that repeats the name", nil,
            [both { $0.extra = extra(0x7075, [1, 0, 0, 0, 0] + $0.name) }]),
        ZipCase(
            "ZIP64 sizes in both headers", nil,
            [
                both {
                    $0.extra = extra(1, little($0.size, 8) + little($0.compressedSize, 8))
                    ($0.size, $0.compressedSize) = (0xFFFF_FFFF, 0xFFFF_FFFF)
                }
            ]),
        ZipCase(
            "a ZIP64 extra that Python writes before it knows the size", nil,
            [local { $0.extra = extra(1, little($0.size, 8) + little($0.compressedSize, 8)) }]),
    ]

    static let hostile: [ZipCase] = [
        ZipCase("data before the archive", "Unknown record signature", [file()]) {
            $0.prefix = [1, 2, 3, 4]
        },
        ZipCase("data after the archive", "Trailing data", [file()]) {
            $0.suffix = [UInt8](repeating: 7, count: 30)
        },
        ZipCase("a second archive after it", "Mismatched central directory offset", [file()]) {
            $0.suffix = ZipBuilder([file("b")]).bytes()
        },
        ZipCase("a gap before the central directory", "Unknown record signature", [file()]) {
            $0.gap = Array("hidden bytes".utf8)
        },
        ZipCase(
            "a local file the directory does not list", "Filename not in central directory",
            [file(), file("b") { $0.isInCentralDirectory = false }]),
        ZipCase(
            "a listed file that is not there", "Missing filename in local headers",
            [file(), file("b") { $0.isInFile = false }]),
        ZipCase("a name twice", "Duplicate filename in local headers", [file(), file()]),
        ZipCase(
            "a name twice in the directory", "Duplicate filename in central directory",
            [file { $0.isInFile = false }, file()]),
        ZipCase(
            "one entry's data inside another's", "Mis-matched data size",
            [local { $0.compressedSize = 0 }, file("b")]),
        ZipCase(
            "headers that name the file differently", "Filename not in central directory",
            [local { $0.name = Array("b.txt".utf8) }]),
        ZipCase("a data descriptor", "ZIP contains a data descriptor", [both { $0.flags |= 8 }]),
        ZipCase(
            "a data descriptor only at the file", "ZIP contains a data descriptor", [local { $0.flags |= 8 }]),
        ZipCase(
            "a flag only in the directory", "Mis-matched flags in local header", [central { $0.flags |= 8 }]),
        ZipCase("encryption", "Encrypted files are not allowed", [both { $0.flags |= 1 }]),
        ZipCase("strong encryption", "Encrypted files are not allowed", [both { $0.flags |= 1 << 6 }]),
        ZipCase("bzip2", "File does not use a supported compression type", [both { $0.method = 12 }]),
        ZipCase("LZMA", "File does not use a supported compression type", [both { $0.method = 14 }]),
        ZipCase(
            "another method at the file", "Mis-matched compression method in local header",
            [local { $0.method = 0 }]),
        ZipCase("another size at the file", "Mis-matched file size", [local { $0.size += 1 }]),
        ZipCase(
            "another compressed size at the file", "Mis-matched data size", [local { $0.compressedSize += 1 }]
        ),
        ZipCase("another CRC at the file", "Mis-matched CRC in local header", [local { $0.crc ^= 1 }]),
        ZipCase(
            "another offset in the directory", "Mis-matched offset in local header",
            [central { $0.offset = 9 }]),
        ZipCase("a wrong CRC", "Corrupt data in 'a.txt'", [both { $0.crc ^= 1 }]),
        ZipCase("a size below the truth", "Corrupt data in 'a.txt'", [both { $0.size -= 1 }]),
        ZipCase("a size above the truth", "Corrupt data in 'a.txt'", [both { $0.size += 1 }]),
        ZipCase("data that do not expand", "Corrupt data in 'a.txt'", [file { $0.data[0] = 0xFF }]),
        ZipCase(
            "bytes after the compressed data", "Corrupt data in 'a.txt'",
            [
                file {
                    $0.data.append(0)
                    $0.header.compressedSize += 1
                }
            ]),
        ZipCase(
            "stored data whose sizes differ", "Mis-matched data size",
            [
                file {
                    $0 = .init("a.txt", text, stored: true); $0.header.size -= 1
                }
            ]),
        ZipCase("a directory with content", "Mis-matched data size", [.init("d/", text, stored: true)]),
        ZipCase("a comment on a file", "Comment in central directory", [central { $0.comment = [65] }]),
        ZipCase("a control character", "Invalid character in filename", [file("a\u{1}b")]),
        ZipCase("DEL", "Invalid character in filename", [file("a\u{7F}b")]),
        ZipCase(
            "a name that is not UTF-8", "Filename not unicode",
            [
                both {
                    $0.name = [0x61, 0xFF]
                    $0.flags |= 1 << 11
                }
            ]),
        ZipCase(
            "a name in UTF-8 that says it is not", "Filename not in central directory",
            [both { $0.name = Array("é".utf8) }]),
        ZipCase("an absolute path", "Unsafe filename '/etc/passwd'", [file("/etc/passwd")]),
        ZipCase("a path upwards", "Unsafe filename '../a'", [file("../a")]),
        ZipCase("a path upwards inside", "Unsafe filename 'a/../../b'", [file("a/../../b")]),
        ZipCase("a dot component", "Unsafe filename './a'", [file("./a")]),
        ZipCase("an empty component", "Unsafe filename 'a//b'", [file("a//b")]),
        ZipCase("a backslash", #"Unsafe filename 'a\\..\\b'"#, [file("a\\..\\b")]),
        ZipCase("a drive letter", "Unsafe filename 'c:evil'", [file("c:evil")]),
        ZipCase("an empty name", "Unsafe filename ''", [file("")]),
        ZipCase(
            "a symbolic link", "'a.txt' is neither a file nor a directory", [both { $0.mode = 0o120777 }]),
        ZipCase("a device", "'a.txt' is neither a file nor a directory", [both { $0.mode = 0o060644 }]),
        ZipCase(
            "a Unicode path that renames the file", "Mis-matched Unicode path extra",
            [both { $0.extra = extra(0x7075, [1, 0, 0, 0, 0] + Array("b.txt".utf8)) }]),
        ZipCase(
            "two Unicode paths", "Invalid duplicate extra in local file",
            [local { $0.extra = extra(0x7075, [1, 0, 0, 0, 0] + $0.name) + extra(0x7075, [1, 0, 0, 0, 0]) }]),
        ZipCase("an extra cut short", "Malformed zip file", [local { $0.extra = [1, 0, 9, 0, 1] }]),
        ZipCase(
            "a ZIP64 extra of an odd length", "Malformed zip file",
            [local { $0.extra = extra(1, little(0, 4)) }]),
        ZipCase(
            "a ZIP64 size the extra does not have", "Malformed zip file", [central { $0.size = 0xFFFF_FFFF }]
        ) {
            $0.files[0].bendCentral = {
                $0.size = 0xFFFF_FFFF; $0.extra = extra(1, [])
            }
        },
        ZipCase(
            "a ZIP64 size beyond 2⁶³", "Malformed zip file",
            [
                central {
                    $0.size = 0xFFFF_FFFF
                    $0.extra = extra(1, [UInt8](repeating: 0xFF, count: 8))
                }
            ]),
        ZipCase("too few records counted", "Mismatched central directory records", [file(), file("b")]) {
            $0.bendEnd = { ($0.records, $0.recordsHere) = (1, 1) }
        },
        ZipCase("too many records counted", "Mismatched central directory records", [file()]) {
            $0.bendEnd = { ($0.records, $0.recordsHere) = (2, 2) }
        },
        ZipCase("records on another disk", "Malformed zip file", [file()]) {
            $0.bendEnd = { $0.recordsHere = 0 }
        },
        ZipCase("an archive of several disks", "Archive spans several disks", [file()]) {
            $0.bendEnd = { $0.disk = 1 }
        },
        ZipCase("a directory offset too low", "Mismatched central directory offset", [file()]) {
            $0.bendEnd = { $0.offset -= 1 }
        },
        ZipCase("a directory size too small", "Mismatched central directory offset", [file()]) {
            $0.bendEnd = { $0.size -= 1 }
        },
        ZipCase("a directory larger than the file", "Mismatched central directory offset", [file()]) {
            $0.bendEnd = { $0.size = 0x00FF_FFFF }
        },
        ZipCase("a comment that does not fit", "Malformed zip file", [file()]) {
            $0.bendEnd = { $0.commentLength = 9 }
        },
        ZipCase(
            "an end record in the comment", "Mismatched central directory offset", [file()]
        ) { $0.bendEnd = { $0.comment = ZipBuilder([]).bytes() } },
    ]

    @Test("Accepts what real writers produce", arguments: sound)
    func accepts(_ sample: ZipCase) {
        #expect(verdict(sample.bytes) == nil)
    }

    @Test("Refuses what readers could understand differently", arguments: hostile)
    func refuses(_ sample: ZipCase) {
        #expect(verdict(sample.bytes) == sample.reason)
    }

    @Test("Refuses every truncation, and never crashes on a changed byte")
    func damage() {
        let bytes = ZipBuilder([file(), .init("b", text, stored: true)]).bytes()
        for length in 0..<bytes.count { #expect(verdict(Array(bytes.prefix(length))) != nil) }
        for index in bytes.indices {
            for value: UInt8 in [0x00, 0x7F, 0xFF] {
                var changed = bytes
                changed[index] = value
                _ = verdict(changed)
            }
        }
    }

    @Test("Limits the number of entries")
    func tooManyEntries() {
        var limits = ArchiveLimits()
        limits.maxEntries = 2
        let bytes = ZipBuilder([file("a"), file("b"), file("c")]).bytes()
        #expect(verdict(bytes, limits: limits) == "More than 2 files")
    }

    @Test("Expands at most fifty-fold beyond 64 MiB, by what is declared and by what comes out")
    func compressionRatio() {
        let zeros = [UInt8](repeating: 0, count: 70 << 20)
        #expect(
            verdict(ZipBuilder([.init("zeros", zeros)]).bytes()) == "File exceeds compression ratio of 50")
        // Declares little, expands to much: stopped at the declared size.
        var liar = ZipBuilder.File("zeros", zeros)
        liar.header.size = 1 << 20
        #expect(verdict(ZipBuilder([liar]).bytes()) == "Corrupt data in 'zeros'")
        #expect(verdict(ZipBuilder([.init("small", [UInt8](repeating: 0, count: 1 << 20))]).bytes()) == nil)
    }

    @Test("Limits what an archive expands to, without overflow")
    func expandsBeyond() {
        var limits = ArchiveLimits()
        limits.maxExpandedBytes = 40
        #expect(
            verdict(ZipBuilder([file(), file("b")]).bytes(), limits: limits)
                == "File expands to more than 40 bytes")
        let huge = (0..<3).map { index in
            file("\(index)") {
                $0.bendCentral = {
                    $0.size = 0xFFFF_FFFF
                    $0.extra = extra(1, little(Int.max, 8))
                }
            }
        }
        #expect(
            verdict(ZipBuilder(huge).bytes())
                == "File expands to more than \(ArchiveLimits().maxExpandedBytes) bytes")
    }
}
