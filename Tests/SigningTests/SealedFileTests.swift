import TUF
import Testing

@testable import Signing

@Suite("Files under a passphrase")
struct SealedFileTests {
    let passphrase: Passphrase
    let content = Array("what nobody else reads".utf8)
    let file: SealedFile

    init() throws {
        passphrase = try Passphrase(bytes: Array("correct horse".utf8))
        file = try SealedFile(sealing: content, format: "test", passphrase: passphrase, cost: .development)
    }

    @Test("what was sealed is read and opened, an empty content too")
    func roundTrip() throws {
        let read = try SealedFile(parsing: file.encoded(), format: "test")
        #expect(read == file)
        #expect(try read.open(with: passphrase) == content)
        let empty = try SealedFile(sealing: [], format: "test", passphrase: passphrase, cost: .development)
        #expect(try SealedFile(parsing: empty.encoded(), format: "test").open(with: passphrase) == [])
    }

    @Test("another passphrase does not open it")
    func wrongPassphrase() throws {
        #expect(try file.open(with: Passphrase(bytes: Array("correct horsf".utf8))) == nil)
    }

    @Test("no byte can be changed: the file is refused, or does not open")
    func altered() throws {
        let bytes = file.encoded()
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            guard let read = try? SealedFile(parsing: other, format: "test") else { continue }
            guard read.costIsSmall else { continue }  // a digit of the cost: allowed, and slow
            #expect(try read.open(with: passphrase) == nil, "byte \(index)")
        }
    }

    @Test("a file that was cut or that goes on does not open")
    func length() throws {
        let bytes = file.encoded()
        let line = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) + 1
        for count in 0..<line + 16 {
            #expect(throws: KeyFileFault.self) {
                try SealedFile(parsing: Array(bytes.prefix(count)), format: "test")
            }
        }
        for other in [Array(bytes.dropLast()), bytes + [0]] {
            #expect(try SealedFile(parsing: other, format: "test").open(with: passphrase) == nil)
        }
    }

    @Test("a file of another format is refused, and so is a cost that would exhaust the machine")
    func header() throws {
        #expect(throws: KeyFileFault.unknownFormat("test")) {
            try SealedFile(parsing: file.encoded(), format: "other")
        }
        let text = String(decoding: file.encoded().prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        func parse(_ header: String) throws {
            _ = try SealedFile(
                parsing: Array("\(header)\n".utf8) + [UInt8](repeating: 0, count: 16), format: "test")
        }
        #expect(throws: KeyFileFault.costOutOfRange(passes: 1, memoryKiB: 99_999_999)) {
            try parse(text.replacing("\"memory_kib\":8", with: "\"memory_kib\":99999999"))
        }
        #expect(throws: KeyFileFault.unsupportedVersion(2)) {
            try parse(text.replacing("\"version\":1", with: "\"version\":2"))
        }
        #expect(throws: KeyFileFault.unknownField("more")) {
            try parse(text.replacing("{\"cipher\"", with: "{\"more\":1,\"cipher\""))
        }
        #expect(throws: KeyFileFault.notCanonical) {
            try parse(text.replacing(",\"version\"", with: ", \"version\""))
        }
        #expect(throws: KeyFileFault.notJSON) { try parse(String(repeating: " ", count: 2000)) }
    }
}

extension SealedFile {
    fileprivate var costIsSmall: Bool { seal.cost.passes <= 3 && seal.cost.memoryKiB < 100 }
}
