import ClientTestSupport
import Foundation
import Glibc
import Synchronization
import TUF
import TUFClient
import Testing

@Suite("A folder that only its owner can read", .serialized, .ownThread)
struct PrivateFolderTests {
    @Test("the folder, and what leads to it, is made for its owner only, and so is each file")
    func modes() throws {
        let place = try TemporaryFolder()
        let folder = try PrivateFolder(place.path + "/a/b")
        try folder.store([1, 2], as: "file")
        try folder.store([3], as: "lasting", isDurable: false)
        for name in ["a", "a/b"] { #expect(place.status(of: name).mode == 0o700) }
        for name in ["file", "lasting", ".lock"] { #expect(place.status(of: "a/b/\(name)").mode == 0o600) }
        #expect(try folder.bytes(of: "file") == [1, 2])
        #expect(try folder.bytes(of: "none") == nil)
        #expect(folder.names().sorted() == [".lock", "file", "lasting"])
    }

    @Test("files of an updater's store are its owner's")
    func storeModes() throws {
        let index = try PublishedRepository { try $0.delegateThree() }
        _ = try index.refreshedUpdater().find(TargetPath("a/x"))
        let names = try index.folder.names(in: "store")
        #expect(names == [".lock", "a.json", "snapshot.json", "targets.json", "timestamp.json"])
        for name in names { #expect(index.folder.status(of: "store/\(name)").mode == 0o600) }
    }

    @Test("a link is not followed: it is refused when read, and replaced when written")
    func links() throws {
        let place = try TemporaryFolder()
        try place.write([7], to: "elsewhere")
        let folder = try PrivateFolder(place.path + "/folder")
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/folder/file", withDestinationPath: place.path + "/elsewhere")
        #expect(throws: FolderError(place.path + "/folder/file", code: ELOOP)) {
            try folder.bytes(of: "file")
        }
        try folder.store([1], as: "file")
        #expect(try folder.bytes(of: "file") == [1])
        #expect(!place.status(of: "folder/file").isLink)
        #expect(place.bytes(of: "elsewhere") == [7])
    }

    @Test("a lock file that is a link is refused: nothing is made where it leads")
    func lockLink() throws {
        let place = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: place.path + "/folder", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/folder/.lock", withDestinationPath: place.path + "/elsewhere")
        #expect(throws: FolderError(place.path + "/folder", code: ELOOP)) {
            try PrivateFolder(place.path + "/folder")
        }
        #expect(place.bytes(of: "elsewhere") == nil)
    }

    @Test("a file that cannot be stored leaves the old one, and nothing unfinished")
    func failedStore() throws {
        let place = try TemporaryFolder()
        let folder = try PrivateFolder(place.path + "/folder")
        try FileManager.default.createDirectory(
            atPath: place.path + "/folder/file", withIntermediateDirectories: false)
        #expect(throws: FolderError(place.path + "/folder/file", code: EISDIR)) {
            try folder.store([1], as: "file")
        }
        #expect(folder.names().sorted() == [".lock", "file"])
    }

    @Test("a file larger than any metadata is not read into memory")
    func tooLarge() throws {
        let place = try TemporaryFolder()
        let folder = try PrivateFolder(place.path)
        try folder.store([], as: "file")
        #expect(truncate(place.path + "/file", 1 << 40) == 0)
        #expect(throws: FolderError(place.path + "/file", code: EFBIG)) { try folder.bytes(of: "file") }
    }

    @Test("what was left unfinished more than an hour ago is swept, and nothing else is")
    func sweep() throws {
        let place = try TemporaryFolder()
        let (old, young) = (
            Int(Date().timeIntervalSince1970) - 3700, Int(Date().timeIntervalSince1970) - 3500
        )
        for (name, time) in [(".unfinished-old", old), (".unfinished-young", young), ("targets.json", old)] {
            try place.write([1], to: name)
            place.setTime(of: name, secondsSinceEpoch: time)
        }
        let folder = try PrivateFolder(place.path)
        #expect(folder.names().sorted() == [".lock", ".unfinished-young", "targets.json"])
    }

    @Test(
        "one at a time works alone, be it threads of one process or several processes",
        arguments: [false, true])
    func alone(isOneProcess: Bool) throws {
        let place = try TemporaryFolder()
        let shared = try PrivateFolder(place.path)
        try shared.store([0], as: "count")
        _ = try onThreads(8) { _ in
            let folder = isOneProcess ? shared : try PrivateFolder(place.path)
            for _ in 0..<20 {
                try folder.alone {
                    let count = try #require(try folder.bytes(of: "count")?.first)
                    sched_yield()
                    try folder.store([count + 1], as: "count", isDurable: false)
                }
            }
        }
        #expect(try shared.bytes(of: "count") == [160])
    }

    @Test("a folder that is destroyed is gone")
    func destroy() throws {
        let place = try TemporaryFolder()
        let store = try TrustStore(directory: place.path + "/store")
        try store.store([1], as: .targets)
        try store.destroy()
        #expect(try place.names() == [])
    }

    @Test("what the system refuses is said with the path")
    func refusal() throws {
        let place = try TemporaryFolder()
        try place.write([], to: "file")
        let error = FolderError(place.path + "/file/folder", code: ENOTDIR)
        #expect(throws: error) { try PrivateFolder(place.path + "/file/folder") }
        #expect("\(error)" == "\(place.path)/file/folder: Not a directory")
    }
}
