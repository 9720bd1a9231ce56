import Foundation
import TUF
import Testing

@testable import Signing

@Suite("Key files on the disk")
struct KeyFileOnDiskTests {
    let directory: TemporaryDirectory
    let passphrase: Passphrase
    let file: KeyFile

    init() throws {
        directory = try TemporaryDirectory()
        passphrase = try Passphrase(bytes: Array("correct horse".utf8))
        file = try KeyFile(sealing: SecretKey(), label: "alice", passphrase: passphrase, cost: .development)
    }

    private var path: String { "\(directory.path)/alice.key" }

    @Test("a written file has mode 0600, is read back, and leaves nothing beside it")
    func write() throws {
        try file.write(to: path)

        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try KeyFile(reading: path) == file)
        #expect(try directory.names == ["alice.key"])
    }

    @Test("an existing file is never overwritten")
    func noOverwriting() throws {
        _ = try directory.file("alice.key", Array("precious".utf8))

        #expect(throws: SigningError.alreadyExists(path: path)) { try file.write(to: path) }
        #expect(try directory.bytes("alice.key") == Array("precious".utf8))
        #expect(try directory.names == ["alice.key"])
    }

    @Test("a symbolic link is neither written through nor read through")
    func links() throws {
        let target = "\(directory.path)/elsewhere.key"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)

        #expect(throws: SigningError.alreadyExists(path: path)) { try file.write(to: path) }
        #expect(!FileManager.default.fileExists(atPath: target))

        try file.write(to: target)
        #expect(throws: SigningError.symbolicLink(path: path)) { try KeyFile(reading: path) }
    }

    @Test(
        "a key file that others may use is refused, with the command that mends it",
        arguments: [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
    func permissions(mode: Int) throws {
        let path = try directory.file("open.key", file.encoded(), mode: mode)
        let error = SigningError.permissionsTooOpen(path: path, mode: UInt32(mode))

        #expect(throws: error) { try KeyFile(reading: path) }
        #expect(error.description.contains("chmod 600 '\(path)'"))
    }

    @Test("a directory, a pipe and a missing file are refused without waiting")
    func notFiles() throws {
        let pipe = "\(directory.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let folder = "\(directory.path)/folder"
        try #require(mkdir(folder, 0o700) == 0)
        let missing = "\(directory.path)/missing"

        #expect(throws: SigningError.notARegularFile(path: pipe)) { try KeyFile(reading: pipe) }
        #expect(throws: SigningError.notARegularFile(path: folder)) { try KeyFile(reading: folder) }
        #expect(throws: SigningError.file(path: missing, operation: .open, errno: ENOENT)) {
            try KeyFile(reading: missing)
        }
    }

    @Test("a file too long to be a key file is not read to its end")
    func tooLong() throws {
        let path = try directory.file("long.key", [UInt8](repeating: 0x20, count: 8193))
        #expect(throws: SigningError.fileTooLarge(path: path, maxBytes: 8192)) { try KeyFile(reading: path) }
    }

    @Test("a broken file is refused by name")
    func malformed() throws {
        let path = try directory.file("broken.key", Array("{}".utf8))
        #expect(throws: SigningError.malformedKeyFile(path: path, fault: .missingField("format"))) {
            try KeyFile(reading: path)
        }
    }

    @Test("a keyring opens one key for each online role")
    func keyring() throws {
        var expected: [OnlineRole: PublicKey] = [:]
        for role in OnlineRole.allCases {
            let key = try SecretKey()
            expected[role] = key.publicKey
            try KeyFile(sealing: key, label: role.rawValue, passphrase: passphrase, cost: .development)
                .write(to: "\(directory.path)/\(role.fileName)")
        }
        let keyring = try OnlineKeyring(directory: directory.path, passphrase: passphrase)

        for role in OnlineRole.allCases { #expect(keyring[role].publicKey == expected[role]) }
        #expect(
            try directory.names == ["bins.key", "recently-claimed.key", "snapshot.key", "timestamp.key"])
    }

    @Test("a keyring makes the next key of a role once, and puts it in the present one's place")
    func nextKey() throws {
        for role in OnlineRole.allCases {
            try KeyFile(
                sealing: SecretKey(), label: role.rawValue, passphrase: passphrase, cost: .development
            )
            .write(to: "\(directory.path)/\(role.fileName)")
        }
        var keyring = try OnlineKeyring(directory: directory.path, passphrase: passphrase)
        let present = keyring[.bins].publicKey
        let next = try keyring.makeNext(.bins)
        #expect(next != present && keyring[.bins].publicKey == present)
        #expect(try keyring.makeNext(.bins) == next)
        var other = try OnlineKeyring(directory: directory.path, passphrase: passphrase)
        #expect(other.next(.bins)?.publicKey == next, "whoever opens the folder finds it")

        let fresh = try keyring.makeNext(.bins, insteadOf: next.id)
        #expect(fresh != next && keyring.next(.bins)?.publicKey == fresh)
        try keyring.promote(.bins)
        #expect(keyring[.bins].publicKey == fresh && keyring.next(.bins) == nil)
        try other.reread()
        #expect(other[.bins].publicKey == fresh && other.next(.bins) == nil)
        #expect(
            try directory.names == ["bins.key", "recently-claimed.key", "snapshot.key", "timestamp.key"])
    }

    @Test("a key's file that was destroyed is gone, and a link is not followed")
    func destroyed() throws {
        let path = "\(directory.path)/once.key"
        try KeyFile(sealing: SecretKey(), label: "once", passphrase: passphrase, cost: .development).write(
            to: path)
        let link = "\(directory.path)/link.key"
        #expect(symlink(path, link) == 0)
        #expect(throws: SigningError.symbolicLink(path: link)) { try PrivateFile.destroy(link) }
        try PrivateFile.destroy(path)
        #expect(try directory.names == ["link.key"])
    }

    @Test("a keyring that lacks a key is refused by the missing file's name")
    func incompleteKeyring() throws {
        let missing = "\(directory.path)/timestamp.key"
        #expect(throws: SigningError.file(path: missing, operation: .open, errno: ENOENT)) {
            try OnlineKeyring(directory: directory.path, passphrase: passphrase)
        }
    }
}

@Suite("Renaming to a new name")
struct RenamingTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    /// A file and a directory with a file in it.
    private func make() throws {
        _ = try directory.file("file", [1])
        try FileManager.default.createDirectory(atPath: path("folder"), withIntermediateDirectories: false)
        _ = try directory.file("folder/inside", [2])
    }

    @Test("a name that is free is taken, by a file or a directory", arguments: ["file", "folder"])
    func free(name: String) throws {
        try make()
        try PrivateFile.rename(path(name), toNew: path("new"))
        #expect(try directory.names == ["new", name == "file" ? "folder" : "file"].sorted())

        #expect(PrivateFile.renameInTwoSteps(path("new"), toNew: path("newer")) == 0)
        #expect(try directory.names == ["newer", name == "file" ? "folder" : "file"].sorted())
        #expect(try directory.bytes(name == "file" ? "newer" : "newer/inside") == [name == "file" ? 1 : 2])
    }

    @Test("a name that is taken is left alone, even an empty directory's", arguments: ["file", "folder"])
    func taken(name: String) throws {
        try make()
        _ = try directory.file("a", [3])
        try FileManager.default.createDirectory(atPath: path("b"), withIntermediateDirectories: false)
        let before = try directory.names
        for other in ["a", "b"] {
            #expect(throws: SigningError.alreadyExists(path: path(other))) {
                try PrivateFile.rename(path(name), toNew: path(other))
            }
            #expect(PrivateFile.renameInTwoSteps(path(name), toNew: path(other)) == EEXIST)
        }
        #expect(try directory.names == before)
        #expect(try directory.bytes("a") == [3])
    }
}
