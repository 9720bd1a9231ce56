import Testing

@testable import Packaging

/// Why a gzipped tar archive is refused as a source distribution's; nil when it unpacks safely.
private func tarVerdict(_ bytes: [UInt8], limits: ArchiveLimits = .default) -> String? {
    let temporary = TemporaryFile(bytes)
    defer { withExtendedLifetime(temporary) {} }
    do throws(ArchiveError) {
        var reader = try TarReader(file: ArchiveFile(descriptor: temporary.descriptor), limits: limits)
        var tree = TarTree(limits: limits)
        while let member = try reader.next() { try tree.add(member) }
        return nil
    } catch {
        guard case .tar(let fault) = error else { return error.reason }
        return fault.reason
    }
}

struct TarCase: CustomTestStringConvertible, Sendable {
    let rule: String
    let reason: String?
    let tar: [UInt8]

    init(_ rule: String, _ reason: String?, _ build: (inout TarBuilder) -> Void) {
        self.rule = rule
        self.reason = reason
        var builder = TarBuilder()
        build(&builder)
        tar = builder.bytes()
    }

    var testDescription: String { rule }
}

private let long = "d/" + String(repeating: "n", count: 150)
private let text = Array("hello".utf8)

@Suite("Tar archives")
struct TarReaderTests {
    static let sound: [TarCase] = [
        TarCase("files and directories", nil) {
            $0.add("d/", type: "5")
            $0.add("d/a", text)
            $0.add("d/b/c", text)
        },
        TarCase("a pax path", nil) {
            $0.addPax([("path", long), ("mtime", "1.5")])
            $0.add("d/short", text)
        },
        TarCase("a GNU long name", nil) {
            $0.add("././@LongLink", Array((long + "\0").utf8), type: "L", magic: "ustar  \0")
            $0.add("d/short", text, magic: "ustar  \0")
        },
        TarCase("a ustar prefix", nil) { $0.add("name", text, prefix: "d/sub") },
        TarCase("git's global header", nil) {
            $0.addPax([("comment", "0123456789abcdef")], type: "g")
            $0.add("d/a", text)
        },
        TarCase("a header before POSIX", nil) { $0.add("d/a", text, type: "\0", magic: "\0\0\0\0\0\0\0\0") },
        TarCase("a file twice", nil) {
            $0.add("d/a", text)
            $0.add("d/a", text)
        },
        TarCase("a symbolic link inside", nil) {
            $0.add("d/sub/link", type: "2", link: "../other/a")
            $0.add("d/l2", type: "2", link: "a")
        },
        TarCase("a hard link to an earlier file", nil) {
            $0.add("d/a", text)
            $0.add("d/b", type: "1", link: "d/a")
        },
        TarCase("a name in UTF-8", nil) { $0.add("d/é", text) },
        TarCase("a binary size field", nil) {
            $0.add("d/a", text) { block in
                for index in 124..<136 { block[index] = 0 }
                (block[124], block[135]) = (0x80, 5)
                Self.sum(&block)
            }
        },
    ]

    static let hostile: [TarCase] = [
        TarCase("an absolute path", "Unsafe filename '/d/a'") { $0.add("/d/a") },
        TarCase("a path upwards", "Unsafe filename 'd/../../a'") { $0.add("d/../../a") },
        TarCase("a path upwards in a pax header", "Unsafe filename '../a'") {
            $0.addPax([("path", "../a")])
            $0.add("d/a")
        },
        TarCase("a path upwards in a GNU long name", "Unsafe filename '../a'") {
            $0.add("././@LongLink", Array("../a\0".utf8), type: "L")
            $0.add("d/a")
        },
        TarCase("a path upwards over the prefix", "Unsafe filename 'd/../a'") { $0.add("a", prefix: "d/..") },
        TarCase("a backslash", #"Unsafe filename 'd/..\\a'"#) { $0.add("d/..\\a") },
        TarCase("a control character", #"Unsafe filename 'd/a\nb'"#) { $0.add("d/a\nb") },
        TarCase("a name that is not UTF-8", "Filename not unicode") {
            $0.add("d/a") { block in
                block[2] = 0xFF
                Self.sum(&block)
            }
        },
        TarCase("two top directories", "Incorrect number of top-level directories in sdist") {
            $0.add("d/a")
            $0.add("e/a")
        },
        TarCase("a file at the top", "Incorrect number of top-level directories in sdist") {
            $0.add("a", text)
        },
        TarCase("a symbolic link to an absolute path", "Link 'd/l' leads out of the archive") {
            $0.add("d/l", type: "2", link: "/etc/passwd")
        },
        TarCase("a symbolic link out", "Link 'd/l' leads out of the archive") {
            $0.add("d/l", type: "2", link: "../x")
        },
        TarCase("a symbolic link that climbs later", "Link 'd/s/l' leads out of the archive") {
            $0.add("d/s/l", type: "2", link: "x/../../..")
        },
        TarCase("a symbolic link out by a pax header", "Link 'd/l' leads out of the archive") {
            $0.addPax([("linkpath", "../../etc")])
            $0.add("d/l", type: "2", link: "a")
        },
        TarCase("an empty link", "Link 'd/l' leads out of the archive") { $0.add("d/l", type: "2") },
        TarCase("a file below a link", "Link 'd/l/a' leads out of the archive") {
            $0.add("d/l", type: "2", link: "sub")
            $0.add("d/l/a", text)
        },
        TarCase("a file replaced by a link", "Duplicate filename 'd/a'") {
            $0.add("d/a", text)
            $0.add("d/a", type: "2", link: "b")
        },
        TarCase("a directory replaced by a link", "Duplicate filename 'd/s'") {
            $0.add("d/s/a", text)
            $0.add("d/s", type: "2", link: "b")
        },
        TarCase("PKG-INFO twice", "Duplicate filename 'd/PKG-INFO'") {
            $0.add("d/PKG-INFO", text)
            $0.add("d/PKG-INFO", text)
        },
        TarCase("a hard link to nothing before it", "Link 'd/b' leads out of the archive") {
            $0.add("d/b", type: "1", link: "d/a")
            $0.add("d/a", text)
        },
        TarCase("a hard link out", "Link 'd/b' leads out of the archive") {
            $0.add("d/b", type: "1", link: "../etc/passwd")
        },
        TarCase("a hard link to a symbolic link", "Link 'd/b' leads out of the archive") {
            $0.add("d/l", type: "2", link: "x")
            $0.add("d/b", type: "1", link: "d/l")
        },
        TarCase("a character device", "'d/c' is neither a file, a directory nor a link") {
            $0.add("d/c", type: "3")
        },
        TarCase("a block device", "'d/c' is neither a file, a directory nor a link") {
            $0.add("d/c", type: "4")
        },
        TarCase("a FIFO", "'d/c' is neither a file, a directory nor a link") { $0.add("d/c", type: "6") },
        TarCase("an unknown type", "'d/c' is neither a file, a directory nor a link") {
            $0.add("d/c", type: "Z")
        },
        TarCase("a GNU sparse member", "Sparse members are not allowed") { $0.add("d/s", type: "S") },
        TarCase("a pax sparse member", "Sparse members are not allowed") {
            $0.addPax([("GNU.sparse.major", "1")])
            $0.add("d/s")
        },
        TarCase("a wrong checksum", "Header checksum does not match") {
            $0.add("d/ok")
            $0.add("d/a") { $0[0] = 0x65 }
        },
        TarCase("a size in no number system", "Malformed header") {
            $0.add("d/a") { block in
                block[124] = 0x39
                Self.sum(&block)
            }
        },
        TarCase("a negative binary size", "Malformed header") {
            $0.add("d/a") { block in
                block[124] = 0xFF
                Self.sum(&block)
            }
        },
        TarCase("a size beyond 2⁵⁶", "Malformed header") {
            $0.add("d/a") { block in
                for index in 125..<136 { block[index] = 0xFF }
                block[124] = 0x80
                Self.sum(&block)
            }
        },
        TarCase("a size beyond the data", "Unexpected end of data") { $0.add("d/a", size: 1 << 20) },
        TarCase("a pax size that contradicts the header", "Ambiguous size in header") {
            $0.addPax([("size", "1024")])
            $0.add("d/a", text)
        },
        TarCase("a pax size for a header of 0", "Ambiguous size in header") {
            $0.addPax([("size", "512")])
            $0.add("d/a")
        },
        TarCase("a directory with data", "Ambiguous size in header") { $0.add("d/a", text, type: "5") },
        TarCase("two names in one pax header", "Ambiguous path in header") {
            $0.addPax([("path", "d/a"), ("path", "d/b")])
            $0.add("d/c")
        },
        TarCase("a pax and a GNU name", "Ambiguous name in header") {
            $0.addPax([("path", "d/a")])
            $0.add("././@LongLink", Array("d/b\0".utf8), type: "L")
            $0.add("d/c")
        },
        TarCase("two pax headers in a row", "Ambiguous extended header in header") {
            $0.addPax([("path", "d/a")])
            $0.addPax([("path", "d/b")])
            $0.add("d/c")
        },
        TarCase("a global path", "Ambiguous global header in header") {
            $0.addPax([("path", "d/evil")], type: "g")
            $0.add("d/c")
        },
        TarCase("a prefix in a GNU header", "Ambiguous prefix in header") {
            $0.add("a", magic: "ustar  \0", prefix: "d")
        },
        TarCase("a pax record with a wrong length", "Malformed header") {
            $0.add("x", Array("99 path=d/a\n".utf8), type: "x")
            $0.add("d/c")
        },
        TarCase("a pax header at the end", "Malformed header") {
            $0.add("d/a")
            $0.addPax([("path", "d/b")])
        },
        TarCase("a pax header beyond our limit", "Extended header of more than 1048576 bytes") {
            $0.add("x", [UInt8](repeating: 0x20, count: (1 << 20) + 1), type: "x")
        },
    ]

    /// Makes the checksum of a bent block right again.
    static func sum(_ block: inout [UInt8]) {
        for index in 148..<156 { block[index] = 0x20 }
        let octal = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        let text = String(repeating: "0", count: 6 - octal.count) + octal + "\0 "
        for (index, byte) in text.utf8.enumerated() { block[148 + index] = byte }
    }

    @Test("Accepts what real writers produce", arguments: sound)
    func accepts(_ sample: TarCase) {
        #expect(tarVerdict(gzipped(sample.tar)) == nil)
    }

    @Test("Refuses what unpacks elsewhere or readers could understand differently", arguments: hostile)
    func refuses(_ sample: TarCase) {
        #expect(tarVerdict(gzipped(sample.tar)) == sample.reason)
    }

    private static let plain: [UInt8] = {
        var builder = TarBuilder()
        builder.add("d/a", Array("hello".utf8))
        return builder.bytes()
    }()

    @Test("Refuses anything after the archive, inside the gzip member or after it")
    func trailingData() {
        let plain = Self.plain
        #expect(tarVerdict(gzipped(plain + [UInt8](repeating: 0, count: 9000))) == nil)
        #expect(tarVerdict(gzipped(plain + [1])) == "Trailing data")
        #expect(tarVerdict(gzipped(plain) + [0]) == "Trailing data")
        #expect(tarVerdict(gzipped(plain) + gzipped(plain)) == "Trailing data")
        // A lone zero block ends the archive for Python, but not for GNU tar.
        let hidden = plain.dropLast(512) + plain
        #expect(tarVerdict(gzipped(Array(hidden))) == "Trailing data")
    }

    @Test("Refuses gzip data that are damaged or cut off")
    func damagedGzip() {
        let sound = gzipped(Self.plain)
        var wrongCRC = sound
        wrongCRC[sound.count - 8] ^= 1
        #expect(tarVerdict(wrongCRC) != nil)
        for length in 0..<sound.count { #expect(tarVerdict(Array(sound.prefix(length))) != nil) }
        for index in sound.indices {
            var changed = sound
            changed[index] ^= 0x55
            _ = tarVerdict(changed)
        }
    }

    @Test("A file that is not gzip, or not tar inside, is no tarfile")
    func notATarfile() {
        #expect(tarVerdict(Self.plain) == "File is not a tarfile")
        #expect(tarVerdict(gzipped(Array("hello".utf8))) == "File is not a tarfile")
        #expect(tarVerdict([]) == "File is not a tarfile")
    }

    @Test("Limits members, names and what comes out")
    func limits() {
        var builder = TarBuilder()
        for index in 0..<4 { builder.add("d/\(index)") }
        var limits = ArchiveLimits()
        limits.maxEntries = 3
        #expect(tarVerdict(gzipped(builder.bytes()), limits: limits) == "More than 3 members")

        var bomb = TarBuilder()
        bomb.add("d/zeros", [UInt8](repeating: 0, count: 70 << 20))
        #expect(tarVerdict(gzipped(bomb.bytes())) == "File exceeds compression ratio of 50")

        var small = ArchiveLimits()
        small.maxExpandedBytes = 1024
        #expect(tarVerdict(gzipped(builder.bytes()), limits: small) != nil)

        var deep = TarBuilder()
        deep.addPax([("path", "d/" + String(repeating: "a/", count: 20) + "x")])
        deep.add("d/x")
        #expect(tarVerdict(gzipped(deep.bytes()), limits: limits) == "More than 3 members")
    }
}
