import CanonicalJSON
import TUF
import Testing

@testable import Signing

@Suite("Key files")
struct KeyFileTests {
    let passphrase: Passphrase
    let key: SecretKey
    let file: KeyFile

    init() throws {
        passphrase = try Passphrase(bytes: Array("correct horse".utf8))
        key = try SecretKey()
        file = try KeyFile(sealing: key, label: "alice", passphrase: passphrase, cost: .development)
    }

    @Test("what was sealed is read, opened and signs as before")
    func roundTrip() throws {
        let read = try KeyFile(parsing: file.encoded())
        let opened = try read.open(with: passphrase)

        #expect(read == file)
        #expect(read.label == "alice")
        #expect(opened.publicKey == key.publicKey)
        #expect(try opened.sign([1, 2, 3]) == key.sign([1, 2, 3]))
    }

    @Test("a file of version 1 can always be opened")
    func committedFile() throws {
        let text = """
            {"cipher":{"name":"xchacha20-poly1305-ietf",\
            "nonce":"c6e747c499083388d583d9757c6b1dbebf2915db99069a04"},"format":"bonded-key",\
            "kdf":{"memory_kib":8,"name":"argon2id13","passes":1,"salt":"1ee6f566588f4cadf0f84f0ddcd5f8f8"},"label":"vector",\
            "public_key":{"keytype":"ed25519","keyval":{"public":"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"},"scheme":"ed25519"},\
            "secret":"a718e9cc6142b291e53e35fcc814fa2b9a1d7f94fa1a85c233d761ce33bc51ab\
            6ae7fc1c2f575fe6ffc6e496b3a0169c","version":1}

            """
        let opened = try KeyFile(parsing: Array(text.utf8)).open(with: passphrase)

        #expect(opened.publicKey.value == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    }

    @Test("sealing twice never gives the same salt, nonce or ciphertext")
    func freshRandomness() throws {
        let again = try KeyFile(sealing: key, label: "alice", passphrase: passphrase, cost: .development)

        #expect(again.seal.salt != file.seal.salt)
        #expect(again.seal.nonce != file.seal.nonce)
        #expect(again.sealedSeed != file.sealedSeed)
    }

    @Test("another passphrase is told apart from a broken file")
    func wrongPassphrase() throws {
        let other = try Passphrase(bytes: Array("correct horsf".utf8))
        #expect(throws: SigningError.wrongPassphrase(label: "alice")) { try file.open(with: other) }
    }

    @Test("a change of any byte is refused", arguments: [0x01, 0x02, 0x20, 0x80] as [UInt8])
    func tampering(mask: UInt8) throws {
        let bytes = file.encoded()
        for position in bytes.indices {
            var altered = bytes
            altered[position] ^= mask
            #expect(throws: (any Error).self, "byte \(position)") {
                try KeyFile(parsing: altered).open(with: passphrase)
            }
        }
    }

    @Test("a truncated or longer file is refused")
    func length() throws {
        let bytes = file.encoded()
        for count in 0..<bytes.count {
            #expect(throws: KeyFileFault.self) { try KeyFile(parsing: Array(bytes.prefix(count))) }
        }
        for extra in [" ", "\n", "}"] {
            #expect(throws: KeyFileFault.self) { try KeyFile(parsing: bytes + Array(extra.utf8)) }
        }
    }

    @Test(
        "a cost outside the limits is refused before anything is derived",
        arguments: [
            (0, 8), (-1, 8), (11, 8), (Int.max, 8), (1, 7), (1, 0), (1, -8), (1, 1024 * 1024 + 1),
            (1, Int.max),
        ])
    func hostileCost(passes: Int, memoryKiB: Int) throws {
        let bytes = try altered { fields in
            var derivation = try #require(fields["kdf"]?.object)
            derivation["passes"] = .integer(passes)
            derivation["memory_kib"] = .integer(memoryKiB)
            fields["kdf"] = .object(derivation)
        }
        #expect(throws: KeyFileFault.costOutOfRange(passes: passes, memoryKiB: memoryKiB)) {
            try KeyFile(parsing: bytes)
        }
    }

    @Test(
        "a file of another kind is refused with what is wrong with it",
        arguments: [
            ("format", "other", KeyFileFault.unknownFormat("other")),
            ("format", nil, .missingField("format")),
            ("version", 2, .unsupportedVersion(2)),
            ("version", "1", .wrongType(field: "version")),
            ("label", "", .invalidLabel),
            ("label", "a\u{7f}b", .invalidLabel),
            ("label", .string(String(repeating: "a", count: 101)), .invalidLabel),
            ("kdf", ["name": "scrypt"], .unsupportedAlgorithm("scrypt")),
            ("cipher", ["name": "aes"], .unsupportedAlgorithm("aes")),
            ("cipher", ["name": "xchacha20-poly1305-ietf", "nonce": "00", "x": 1], .unknownField("x")),
            ("secret", "00", .wrongLength(field: "secret")),
            ("secret", "zz", .wrongType(field: "secret")),
            ("secret", 1, .wrongType(field: "secret")),
            ("public_key", [:], .notAnEd25519Key),
            (
                "public_key", ["keytype": "rsa", "scheme": "rsassa-pss-sha256", "keyval": ["public": ""]],
                .notAnEd25519Key
            ),
            ("extra", true, .unknownField("extra")),
        ] as [(String, JSONValue?, KeyFileFault)])
    func refusals(field: String, value: JSONValue?, fault: KeyFileFault) throws {
        let bytes = try altered { $0[field] = value }
        #expect(throws: fault) { try KeyFile(parsing: bytes) }
    }

    @Test("the same fields in another spelling are refused")
    func notCanonical() throws {
        let text = String(decoding: file.encoded(), as: UTF8.self)
        for other in [
            text.replacing("{\"cipher", with: "{ \"cipher"),
            text.replacing("\"version\":1}\n", with: "\"version\":1}"),
            text.replacing("alice", with: "\\u0061lice"),
            text.replacing(Hex.encode(file.seal.salt), with: Hex.encode(file.seal.salt).uppercased()),
        ] where other != text {
            #expect(throws: KeyFileFault.notCanonical) { try KeyFile(parsing: Array(other.utf8)) }
        }
        #expect(throws: KeyFileFault.notJSON) { try KeyFile(parsing: Array("[]".utf8)) }
        #expect(throws: KeyFileFault.notJSON) { try KeyFile(parsing: []) }
    }

    @Test("a file that holds another key than it states is refused")
    func publicKeyMismatch() throws {
        let stated = try SecretKey().publicKey
        let header = try KeyFile(label: "mallory", publicKey: stated, seal: file.seal, sealedSeed: [])
        let sealed = try key.withSeed { seed throws(SigningError) in
            try file.seal.encrypt(
                seed, count: 32, associated: header.associatedData, under: passphrase)
        }
        let forged = try KeyFile(label: "mallory", publicKey: stated, seal: file.seal, sealedSeed: sealed)

        #expect(throws: SigningError.publicKeyMismatch(label: "mallory")) {
            try forged.open(with: passphrase)
        }
    }

    @Test("neither the file nor a description of the key shows the seed")
    func noSeedInText() throws {
        let seed = key.withSeed { Hex.encode(Array(UnsafeBufferPointer(start: $0, count: 32))) }
        #expect(!String(decoding: file.encoded(), as: UTF8.self).contains(seed))
        #expect(!"\(key) \(passphrase)".contains("horse"))
    }

    private func altered(_ change: (inout JSONObject) throws -> Void) throws -> [UInt8] {
        var fields = try #require(try JSONValue(parsing: file.encoded()).object)
        try change(&fields)
        return JSONValue.object(fields).canonicalBytes() + [0x0A]
    }
}
