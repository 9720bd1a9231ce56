import ClientTestSupport
import Foundation
import Installing
import Synchronization
import TUF
import TUFClient
import Testing

@Suite("The cache of verified files", .serialized, .ownThread)
struct FileCacheTests {
    private struct Boom: Error, Equatable {}

    private let folder: TemporaryFolder
    private let cache: FileCache

    init() throws {
        folder = try TemporaryFolder()
        cache = try FileCache(folder.path, maxBytes: 1000)
    }

    /// The cache as another process has it.
    private func other(maxBytes: Int = 1000) throws -> FileCache {
        try FileCache(folder.path, maxBytes: maxBytes)
    }

    private func sha256(_ text: String) -> String { Digest.sha256Hex(Array(text.utf8)) }

    /// Has a text come into the cache, or finds it there.
    ///
    /// - Returns: how often it was fetched.
    @discardableResult
    private func fetch(_ text: String, from cache: FileCache) throws -> Int {
        var count = 0
        let bytes = try cache.bytes(of: sha256(text)) {
            count += 1
            return Array(text.utf8)
        }
        #expect(bytes == Array(text.utf8))
        return count
    }

    private var kept: [String] {
        get throws { try folder.names().filter { $0 != ".lock" } }
    }

    @Test("a file is kept under its digest, for its owner, once its bytes are the right ones")
    func verified() throws {
        let file = try cache.file(sha256("abcdef")) { sink in
            for piece in ["ab", "", "cdef"] { try Array(piece.utf8).withUnsafeBytes(sink) }
            #expect(try kept.allSatisfy { $0.hasPrefix(".unfinished-") })
        }
        #expect(file.size == 6)
        #expect(try kept == [sha256("abcdef")])
        #expect(folder.status(of: sha256("abcdef")).mode == 0o600)
        #expect(try fetch("abcdef", from: cache) == 0)
        #expect(try fetch("abcdef", from: other()) == 0)
    }

    @Test(
        "other bytes leave nothing behind, and the right ones may come later",
        arguments: ["", "ab", "abcd", "abx"])
    func wrongDigest(text: String) throws {
        let digest = sha256("abc")
        #expect(throws: CacheError.wrongDigest(expected: digest, actual: sha256(text))) {
            try cache.bytes(of: digest) { Array(text.utf8) }
        }
        #expect(try kept == [])
        #expect(try fetch("abc", from: cache) == 1)
    }

    @Test("a transfer that breaks off leaves nothing behind")
    func brokenOff() throws {
        #expect(throws: Boom()) {
            try cache.file(sha256("abc")) { sink in
                try Array("abc".utf8).withUnsafeBytes(sink)
                throw Boom()
            }
        }
        #expect(try kept == [])
    }

    @Test("a file is fetched once, however many ask for it at once")
    func once() throws {
        let fetches = Mutex(0)
        let (gate, digest) = (Gate(), sha256("abc"))
        let askers = (0..<16).map { _ in
            Background { [cache] in
                try cache.bytes(of: digest) {
                    fetches.withLock { $0 += 1 }
                    gate.pass()
                    return Array("abc".utf8)
                }
            }
        }
        gate.awaitArrival()
        #expect(try fetch("another", from: cache) == 1, "others do not wait for it")
        gate.open()
        #expect(try askers.map { try $0.get() } == Array(repeating: Array("abc".utf8), count: 16))
        #expect(fetches.withLock { $0 } == 1)
    }

    @Test("a file that was changed meanwhile is fetched anew", arguments: ["abx", "abcd", ""])
    func tampered(text: String) throws {
        try fetch("abc", from: cache)
        try folder.write(Array(text.utf8), to: sha256("abc"))
        #expect(try fetch("abc", from: other()) == 1)
        #expect(folder.bytes(of: sha256("abc")) == Array("abc".utf8))
    }

    @Test("also by the process that had verified it", arguments: ["abcd", ""])
    func tamperedSinceVerified(text: String) throws {
        try fetch("abc", from: cache)
        #expect(try fetch("abc", from: cache) == 0)
        try folder.write(Array(text.utf8), to: sha256("abc"))
        #expect(try fetch("abc", from: cache) == 1)
    }

    @Test("a link in place of a file is not followed, not even to the right bytes")
    func link() throws {
        let elsewhere = try TemporaryFolder()
        try elsewhere.write(Array("abc".utf8), to: "file")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/\(sha256("abc"))", withDestinationPath: elsewhere.path + "/file")
        #expect(try fetch("abc", from: cache) == 1)
        #expect(!folder.status(of: sha256("abc")).isLink)
        #expect(try elsewhere.names() == ["file"])
    }

    @Test("what was not used for longest goes first, until a tenth is free")
    func eviction() throws {
        let texts = "abcdef".map { String(repeating: $0, count: 190) }
        for (text, time) in zip(texts, [3000, 1000, 5000, 2000, 4000]) {
            try fetch(text, from: cache)
            folder.setTime(of: sha256(text), secondsSinceEpoch: time)
        }
        #expect(try kept.count == 5)
        try fetch(texts[5], from: cache)
        #expect(try Set(kept) == Set([0, 2, 4, 5].map { sha256(texts[$0]) }))
        #expect(try fetch(texts[1], from: cache) == 1, "it is fetched again, and there is room")
        #expect(try Set(kept) == Set([0, 1, 2, 4, 5].map { sha256(texts[$0]) }))
    }

    @Test("what other processes have brought counts as well")
    func evictionAcrossProcesses() throws {
        let other = try other()
        for (number, text) in ["a", "b", "c"].enumerated() {
            try fetch(String(repeating: text, count: 300), from: other)
            folder.setTime(
                of: sha256(String(repeating: text, count: 300)), secondsSinceEpoch: 1000 + number)
        }
        try fetch(String(repeating: "d", count: 500), from: cache)
        #expect(
            try Set(kept) == [
                sha256(String(repeating: "c", count: 300)), sha256(String(repeating: "d", count: 500)),
            ])
    }

    @Test("a file that is larger than the whole cache is served, and goes with the next one")
    func tooLarge() throws {
        let large = String(repeating: "x", count: 5000)
        #expect(try fetch(large, from: cache) == 1)
        #expect(try kept == [sha256(large)])
        try fetch("small", from: cache)
        #expect(try kept == [sha256("small")])
    }

    @Test("a file that is being served stays whole when the cache lets it go")
    func beingServed() throws {
        let text = String(repeating: "x", count: 600)
        let file = try cache.file(sha256(text)) { sink in try Array(text.utf8).withUnsafeBytes(sink) }
        folder.setTime(of: sha256(text), secondsSinceEpoch: 1)
        try fetch(String(repeating: "y", count: 600), from: cache)
        #expect(try !kept.contains(sha256(text)))
        var bytes = [UInt8](repeating: 0, count: 1000)
        #expect(pread(file.descriptor, &bytes, 1000, 0) == 600)
        #expect(Array(bytes[..<600]) == Array(text.utf8))
    }

    @Test(
        "nothing but a digest names a file",
        arguments: [
            "", "abc", "../../../../../../../../../../../../../../../../../../../../../etc/passwd",
            String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "A", count: 64),
            String(repeating: "g", count: 64), String(repeating: "/", count: 64),
        ])
    func malformed(digest: String) throws {
        #expect(throws: CacheError.malformedDigest(digest)) {
            try cache.bytes(of: digest) {
                Issue.record("fetched")
                return []
            }
        }
        #expect(try kept == [])
    }

    @Test("what a killed process left unfinished is swept after an hour")
    func sweep() throws {
        try folder.write([1], to: ".unfinished-AAAAAA")
        folder.setTime(of: ".unfinished-AAAAAA", secondsSinceEpoch: Int(Date().timeIntervalSince1970) - 3700)
        _ = try other()
        #expect(try kept == [])
    }
}
