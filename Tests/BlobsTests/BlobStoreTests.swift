import Foundation
import Testing

@testable import Blobs

/// A store in a directory of its own, removed with it.
final class TemporaryStore: Sendable {
    let directory: String
    let store: BlobStore

    init() throws {
        directory = NSTemporaryDirectory() + "blobs-" + UUID().uuidString
        store = try BlobStore(directory: directory)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func path(_ name: BlobName) -> String { directory + "/" + name.path }
    func incoming() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory + "/incoming")
    }
    func exists(_ name: BlobName) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}

private func name(of bytes: [UInt8], _ filename: String = "demo-1.0.tar.gz") throws -> BlobName {
    try BlobName(blake2Hex: ContentDigests(of: bytes).blake2Hex, filename: filename)
}

private let future = Int.max / 2

@Suite("Blob store")
struct BlobStoreTests {
    @Test("Digests agree with published vectors")
    func digestVectors() {
        let abc = ContentDigests(of: Array("abc".utf8))
        #expect(abc.sha256Hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(abc.md5Hex == "900150983cd24fb0d6963f7d28e17f72")
        #expect(abc.blake2Hex == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
        let empty = ContentDigests(of: [])
        #expect(empty.blake2Hex == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
    }

    @Test("An upload in pieces is hashed in one pass, stored and read back")
    func roundTrip() throws {
        let temporary = try TemporaryStore()
        let pieces: [[UInt8]] = [Array("a".utf8), [], Array("bc".utf8)]
        let upload = try temporary.store.makeUpload()
        for piece in pieces { try upload.append(piece) }
        let written = try upload.finish()
        #expect(written == .init(size: 3, digests: ContentDigests(of: Array("abc".utf8))))

        let blob = try name(of: Array("abc".utf8))
        try upload.commit(as: blob)
        #expect(blob.path.hasPrefix("bd/dd/813c6342"))
        #expect(try temporary.store.read(blob, limit: 3) == Array("abc".utf8))
        #expect(try temporary.store.read(blob, limit: 2) == nil)
        #expect(try temporary.incoming().isEmpty)
        let attributes = try FileManager.default.attributesOfItem(atPath: temporary.path(blob))
        #expect(attributes[.posixPermissions] as? Int == 0o440)
        #expect(try BlobName(path: blob.path) == blob)
    }

    @Test("An upload is closed to others until it is stored, and readable by its descriptor for inspection")
    func privateUpload() throws {
        let temporary = try TemporaryStore()
        let upload = try temporary.store.makeUpload()
        try upload.append(Array("abc".utf8))
        let file = try #require(try temporary.incoming().first)
        let attributes = try FileManager.default.attributesOfItem(
            atPath: temporary.directory + "/incoming/" + file)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        var bytes = [UInt8](repeating: 0, count: 2)
        #expect(pread(upload.descriptor, &bytes, 2, 1) == 2)
        #expect(bytes == Array("bc".utf8))
        upload.discard()
        #expect(try temporary.incoming().isEmpty)
        #expect(throws: BlobError.uploadClosed) { try upload.append([1]) }
    }

    @Test("A dropped writer leaves nothing behind")
    func droppedWriter() throws {
        let temporary = try TemporaryStore()
        do {
            let upload = try temporary.store.makeUpload()
            try upload.append([1, 2, 3])
        }
        #expect(try temporary.incoming().isEmpty)
    }

    @Test("Content is never stored under a digest that is not its own")
    func digestMismatch() throws {
        let temporary = try TemporaryStore()
        let other = try name(of: [1])
        let upload = try temporary.store.makeUpload()
        try upload.append([2])
        let actual = ContentDigests(of: [2]).blake2Hex
        #expect(throws: BlobError.digestMismatch(expected: other.blake2Hex, actual: actual)) {
            try upload.commit(as: other)
        }
        #expect(!temporary.exists(other))
    }

    @Test("Storing the same content again succeeds; other content under its name is refused and kept")
    func idempotentCommit() throws {
        let temporary = try TemporaryStore()
        let blob = try temporary.store.put(Array("abc".utf8), filename: "a.whl")
        #expect(try temporary.store.put(Array("abc".utf8), filename: "a.whl") == blob)

        // A damaged store: same length, other bytes.
        let path = temporary.path(blob)
        try FileManager.default.removeItem(atPath: path)
        try Data("xyz".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: BlobError.conflict(path: blob.path)) {
            try temporary.store.put(Array("abc".utf8), filename: "a.whl")
        }
        #expect(try temporary.store.read(blob, limit: 9) == Array("xyz".utf8))
        #expect(try temporary.incoming().isEmpty)
    }

    @Test("Two stores over one directory may store the same content at the same time")
    func concurrentWriters() async throws {
        let temporary = try TemporaryStore()
        let second = try BlobStore(directory: temporary.directory)
        let content = [UInt8](repeating: 7, count: 100_000)
        let names = try await withThrowingTaskGroup(of: BlobName.self) { group in
            for index in 0..<16 {
                let store = index.isMultiple(of: 2) ? temporary.store : second
                group.addTask { try store.put(content, filename: "same.whl") }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(names.count == 1)
        #expect(try temporary.store.read(try #require(names.first), limit: 100_000) == content)
        #expect(try temporary.incoming().isEmpty)
    }

    @Test("Storing and sweeping the same name at once ends with the file whole or gone, never failed")
    func storingWhileSweeping() async throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<40 { try store.put([1, 2, 3], filename: "a.whl") } }
            group.addTask {
                let blob = try name(of: [1, 2, 3], "a.whl")
                for _ in 0..<40 { try store.remove(blob) }
            }
            try await group.waitForAll()
        }
        let blob = try store.put([1, 2, 3], filename: "a.whl")
        #expect(try store.read(blob, limit: 3) == [1, 2, 3])
    }

    @Test("Metadata stands beside its file and is not replaced by other metadata")
    func metadataSidecar() throws {
        let temporary = try TemporaryStore()
        let blob = try temporary.store.put([1], filename: "a.whl")
        let sidecar = try temporary.store.putMetadata(Array("Name: a".utf8), beside: blob)
        #expect(sidecar.path == blob.path + ".metadata")
        #expect(try temporary.store.putMetadata(Array("Name: a".utf8), beside: blob) == sidecar)
        #expect(throws: BlobError.conflict(path: sidecar.path)) {
            try temporary.store.putMetadata(Array("Name: b".utf8), beside: blob)
        }
    }

    @Test(
        "A filename that is not one plain path component is refused",
        arguments: [
            "", ".", "..", ".hidden", "a/b", "/a", "a\0b", "a\nb", "a\u{7F}",
            String(repeating: "a", count: 256),
        ])
    func badFilename(_ filename: String) {
        #expect(throws: BlobError.invalidFilename(filename)) {
            try BlobName(blake2Hex: String(repeating: "a", count: 64), filename: filename)
        }
    }

    @Test(
        "A path that is not a stored name is refused",
        arguments: [
            "", "aa/bb", "../../etc/passwd", "AA/bb/\(String(repeating: "c", count: 60))/f",
            "aa/bb/\(String(repeating: "c", count: 59))/f", "a/abb/\(String(repeating: "c", count: 60))/f",
        ])
    func badPath(_ path: String) {
        #expect(throws: BlobError.self) { try BlobName(path: path) }
    }

    @Test("What is not stored is nil, not an error")
    func missing() throws {
        let temporary = try TemporaryStore()
        #expect(try temporary.store.open(try name(of: [9])) == nil)
        #expect(try temporary.store.remove(try name(of: [9])) == false)
    }
}

@Suite("Blob store under attack and after crashes")
struct BlobStoreHostilityTests {
    @Test("A symbolic link in a file's place is refused for reading, storing and removing")
    func plantedFileLink() throws {
        let temporary = try TemporaryStore()
        let blob = try temporary.store.put(Array("abc".utf8), filename: "a.whl")
        let elsewhere = temporary.directory + "/elsewhere"
        try Data("abc".utf8).write(to: URL(fileURLWithPath: elsewhere))
        try FileManager.default.removeItem(atPath: temporary.path(blob))
        try FileManager.default.createSymbolicLink(
            atPath: temporary.path(blob), withDestinationPath: elsewhere)

        #expect(throws: BlobError.notRegularFile(path: "a.whl")) { try temporary.store.open(blob) }
        #expect(throws: BlobError.notRegularFile(path: "a.whl")) {
            try temporary.store.put(Array("abc".utf8), filename: "a.whl")
        }
        #expect(throws: BlobError.notRegularFile(path: blob.path)) { try temporary.store.remove(blob) }
        #expect(try temporary.store.blobs(inPart: 0xBD).isEmpty)
    }

    @Test("A symbolic link in a directory's place is refused")
    func plantedDirectoryLink() throws {
        let temporary = try TemporaryStore()
        let other = try TemporaryStore()
        let blob = try other.store.put(Array("abc".utf8), filename: "a.whl")
        try FileManager.default.createSymbolicLink(
            atPath: temporary.directory + "/bd", withDestinationPath: other.directory + "/bd")
        #expect(throws: BlobError.notRegularFile(path: "bd")) { try temporary.store.open(blob) }
        #expect(throws: BlobError.notRegularFile(path: "bd")) {
            try temporary.store.put(Array("abc".utf8), filename: "b.whl")
        }
    }

    @Test("A FIFO in a file's place is refused without waiting for a writer")
    func plantedFIFO() throws {
        let temporary = try TemporaryStore()
        let blob = try temporary.store.put([1], filename: "a.whl")
        try FileManager.default.removeItem(atPath: temporary.path(blob))
        #expect(mkfifo(temporary.path(blob), 0o600) == 0)
        #expect(throws: BlobError.notRegularFile(path: "a.whl")) { try temporary.store.open(blob) }
    }

    @Test("Leftovers of a crash are removed; uploads under way and recent files are kept")
    func abandonedUploads() throws {
        let temporary = try TemporaryStore()
        let leftover = temporary.directory + "/incoming/0123456789abcdef"
        try Data("half".utf8).write(to: URL(fileURLWithPath: leftover))
        let upload = try temporary.store.makeUpload()
        try upload.append([1])

        #expect(try temporary.store.removeAbandonedUploads(lastWrittenBefore: 0) == 0)
        #expect(try temporary.store.removeAbandonedUploads(lastWrittenBefore: future) == 1)
        #expect(!FileManager.default.fileExists(atPath: leftover))
        try upload.commit(as: try name(of: [1]))
    }

    @Test("A sweep sees every file with its age, and spares what was stored again since the cutoff")
    func sweep() throws {
        let temporary = try TemporaryStore()
        let kept = try temporary.store.put([1], filename: "kept.whl")
        let stale = try temporary.store.put([2], filename: "stale.whl")
        try temporary.store.putMetadata([3], beside: kept)
        for blob in [kept, stale] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000)], ofItemAtPath: temporary.path(blob))
        }
        try temporary.store.put([1], filename: "kept.whl")

        var found: [BlobName] = []
        let cutoff = 2_000 * 1_000_000
        try temporary.store.forEachBlob { blob in
            found.append(blob.name)
            try temporary.store.remove(blob.name, storedBefore: cutoff)
        }
        #expect(Set(found) == [kept, stale, try kept.metadataSidecar()])
        #expect(temporary.exists(kept))
        #expect(!temporary.exists(stale))
        #expect(!FileManager.default.fileExists(atPath: temporary.path(stale).deletingLastComponent))
    }

    @Test("Files of others in the store's directory are neither listed nor touched")
    func strangers() throws {
        let temporary = try TemporaryStore()
        try FileManager.default.createDirectory(
            atPath: temporary.directory + "/aa/bb/not-a-digest", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: temporary.directory + "/aa/bb/not-a-digest/f"))
        try Data("x".utf8).write(to: URL(fileURLWithPath: temporary.directory + "/aa/README"))
        #expect(try temporary.store.blobs(inPart: 0xAA).isEmpty)
    }

    @Test("A reader keeps a file that is removed under it")
    func removedWhileOpen() throws {
        let temporary = try TemporaryStore()
        let blob = try temporary.store.put([1, 2, 3], filename: "a.whl")
        let open = try #require(try temporary.store.open(blob))
        #expect(try temporary.store.remove(blob))
        #expect(try open.read(at: 1, count: 10) == [2, 3])
        let descriptor = try open.makeDescriptor()
        #expect(close(descriptor) == 0)
    }
}

extension String {
    fileprivate var deletingLastComponent: String {
        String(self[..<(lastIndex(of: "/") ?? endIndex)])
    }
}
