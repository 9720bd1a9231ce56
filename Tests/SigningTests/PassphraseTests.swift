import Foundation
import Testing

@testable import Signing

@Suite("Passphrases")
struct PassphraseTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func text(_ passphrase: Passphrase) -> String {
        passphrase.withBytes {
            String(decoding: UnsafeBufferPointer(start: $0, count: passphrase.count), as: UTF8.self)
        }
    }

    @Test(
        "a file's bytes less one newline at the end are the passphrase",
        arguments: [
            ("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"),
            ("secret\n\n", "secret\n"),
            (" sécret ", " sécret "), ("two\nlines\n", "two\nlines"), ("\r", "\r"),
        ])
    func file(contents: String, expected: String) throws {
        let path = try directory.file("passphrase", Array(contents.utf8))
        #expect(text(try Passphrase(file: path)) == expected)
    }

    @Test("an empty passphrase is refused", arguments: ["", "\n", "\r\n"])
    func empty(contents: String) throws {
        let path = try directory.file("passphrase", Array(contents.utf8))
        #expect(throws: SigningError.emptyPassphrase) { try Passphrase(file: path) }
        #expect(throws: SigningError.emptyPassphrase) { try Passphrase(bytes: []) }
    }

    @Test("1024 bytes are allowed and no more", arguments: ["", "\n", "\r\n"])
    func longest(ending: String) throws {
        let longest = [UInt8](repeating: 0x61, count: 1024)
        let path = try directory.file("longest", longest + Array(ending.utf8))
        let longer = try directory.file("longer", longest + [0x61] + Array(ending.utf8))
        let muchLonger = try directory.file("much longer", longest + longest)

        #expect(text(try Passphrase(file: path)).utf8.elementsEqual(longest))
        #expect(throws: SigningError.passphraseTooLong(maxBytes: 1024)) { try Passphrase(file: longer) }
        #expect(throws: SigningError.passphraseTooLong(maxBytes: 1024)) { try Passphrase(file: muchLonger) }
        #expect(throws: SigningError.passphraseTooLong(maxBytes: 1024)) {
            try Passphrase(bytes: longest + [0x61])
        }
    }

    @Test("a file that everyone may use is refused; one that its group may read is not")
    func permissions() throws {
        let open = try directory.file("open", Array("secret".utf8), mode: 0o604)
        let group = try directory.file("group", Array("secret".utf8), mode: 0o440)

        #expect(throws: SigningError.permissionsTooOpen(path: open, mode: 0o604)) {
            try Passphrase(file: open)
        }
        #expect(text(try Passphrase(file: group)) == "secret")
    }

    @Test("a symbolic link is refused")
    func link() throws {
        let target = try directory.file("target", Array("secret".utf8))
        let link = "\(directory.path)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)

        #expect(throws: SigningError.symbolicLink(path: link)) { try Passphrase(file: link) }
    }

    @Test("an environment variable is taken as it stands; a missing one is refused by name")
    func environment() throws {
        setenv("BONDED_TEST_PASSPHRASE", "from the environment", 1)
        setenv("BONDED_TEST_EMPTY_PASSPHRASE", "", 1)

        let source = PassphraseSource.environment(variable: "BONDED_TEST_PASSPHRASE")
        #expect(text(try source.existing(for: "a key")) == "from the environment")
        #expect(text(try source.new(for: "a key")) == "from the environment")
        #expect(throws: SigningError.emptyPassphrase) {
            try Passphrase(environmentVariable: "BONDED_TEST_EMPTY_PASSPHRASE")
        }
        #expect(throws: SigningError.noEnvironmentVariable("BONDED_TEST_NO_PASSPHRASE")) {
            try Passphrase(environmentVariable: "BONDED_TEST_NO_PASSPHRASE")
        }
    }

    @Test("a passphrase file that is made holds the passphrase and is never overwritten")
    func created() throws {
        let path = "\(directory.path)/passphrase"
        let made = try Passphrase.createFile(at: path)

        #expect(made.matches(try Passphrase(file: path)))
        #expect(text(made).count == 32)
        #expect(throws: SigningError.alreadyExists(path: path)) { try Passphrase.createFile(at: path) }
    }

    @Test(
        "passphrases match when all their bytes do",
        arguments: [("abc", true), ("abd", false), ("ab", false)])
    func matching(other: String, expected: Bool) throws {
        let passphrase = try Passphrase(bytes: Array("abc".utf8))
        #expect(passphrase.matches(try Passphrase(bytes: Array(other.utf8))) == expected)
    }
}
