import CanonicalJSON
import TUF
import Testing

@Suite("Path patterns and hash prefixes (TUF §4.5)")
struct PathTests {
    struct Glob: Sendable, CustomTestStringConvertible {
        let pattern: String
        let matching: Set<Int>

        var testDescription: String { pattern }

        static let vectors = Vectors.read("globs")
        static let texts = (vectors["texts"].array ?? []).compactMap(\.string)
        static let all = (vectors["patterns"].object ?? [:]).map { member in
            Glob(pattern: member.key, matching: Set((member.value.array ?? []).compactMap(\.integer)))
        }
    }

    @Test("a pattern matches what python-tuf matches", arguments: Glob.all)
    func globs(glob: Glob) throws {
        let pattern = PathPattern(glob.pattern)
        for (index, text) in Glob.texts.enumerated() {
            // A path has no line end and no dot segment; the pattern is what is being tested.
            guard let path = try? TargetPath(text) else { continue }
            #expect(pattern.matches(path) == glob.matching.contains(index), "\(text)")
        }
    }

    @Test("there are vectors")
    func present() {
        #expect(Glob.all.count == 700)
        #expect(Glob.texts.count > 40)
    }

    @Test("a pattern of many stars is matched in no time")
    func backtracking() throws {
        let pattern = PathPattern(String(repeating: "*a", count: 400) + "b")
        let path = try TargetPath(String(repeating: "a", count: 1_000))

        #expect(!pattern.matches(path))
    }

    @Test("hash prefixes cover what python-tuf says they cover")
    func prefixes() throws {
        for vector in Vectors.read("prefixes").array ?? [] {
            let role = try DelegatedRole(
                name: "r", keys: try RoleKeys(keyIDs: [], threshold: 1), terminating: false,
                paths: .hashPrefixes((vector["prefixes"].array ?? []).compactMap(\.string)))
            let path = try TargetPath(try #require(vector["path"].string))
            #expect(role.covers(path) == vector["covers"].bool)
        }
    }

    @Test("bins are named and chosen as python-tuf does")
    func bins() throws {
        let vectors = Vectors.read("bins").array ?? []
        #expect(vectors.count == 16)
        for vector in vectors {
            let bits = try #require(vector["bits"].integer)
            let roles = try SuccinctRoles(
                keys: try RoleKeys(keyIDs: [], threshold: 1), bitLength: bits, namePrefix: "bin")
            #expect(roles.binCount == vector["count"].integer)
            let first = (vector["first"].array ?? []).compactMap(\.string)
            #expect(roles.roleNames.prefix(3).map(\.text) == first)
            for (path, name) in vector["roles"].object ?? [:] {
                let role = roles.role(for: try TargetPath(path))
                #expect(role.text == name.string)
                #expect(roles.contains(role))
            }
        }
    }

    @Test(
        "only a bin's exact name is a bin",
        arguments: [
            "bin-0", "bin-000", "bin-0G", "bin-0A", "bin-80", "bin-ff", "bin", "bin-", "bin--1", "bins-00",
            "xbin-00", "Bin-00",
        ])
    func notABin(name: String) throws {
        let roles = try SuccinctRoles(
            keys: try RoleKeys(keyIDs: [], threshold: 1), bitLength: 7, namePrefix: "bin")
        #expect(!roles.contains(try RoleName(name)))
        #expect(roles.contains("bin-7f") && roles.contains("bin-00"))
    }

    @Test("a bit length is 1 to 32", arguments: [0, -1, 33, .max, .min])
    func bitLength(bits: Int) throws {
        let keys = try RoleKeys(keyIDs: [], threshold: 1)
        #expect(throws: MetadataError.bitLengthOutOfRange(bits)) {
            try SuccinctRoles(keys: keys, bitLength: bits, namePrefix: "bin")
        }
    }

    @Test(
        "a target path stays below the targets URL",
        arguments: [
            "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/..", "a\nb", "a\u{0}", "a\u{7f}",
            String(repeating: "a", count: 1_025),
        ])
    func malformed(text: String) {
        #expect(throws: MetadataError.malformedTargetPath(text)) { try TargetPath(text) }
    }

    @Test("target paths are the same when their bytes are")
    func equivalence() throws {
        let composed = try TargetPath("\u{e9}")
        let decomposed = try TargetPath("e\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }
}

@Suite("Names and times")
struct NameTests {
    @Test(
        "a role name is of printable ASCII characters, not too many",
        arguments: [
            "", "\u{e9}", "a\u{0}", "a\n", "a\u{7f}", String(repeating: "a", count: 231),
            String(repeating: "/", count: 77),
        ])
    func roleNames(text: String) {
        #expect(throws: MetadataError.malformedRoleName(text)) { try RoleName(text) }
    }

    @Test(
        "a role's file stem is one segment of a URL and one name of a file",
        arguments: [
            ("project-a.b_c", "project-a.b_c"), ("?", "%3F"), ("#", "%23"), ("../x", "..%2Fx"),
            ("/etc/passwd", "%2Fetc%2Fpasswd"), ("a%2Fb", "a%252Fb"), ("a b\\~", "a%20b%5C~"),
        ])
    func fileStems(text: String, stem: String) throws {
        #expect(try RoleName(text).fileStem == stem)
    }

    @Test(
        "a key ID is 64 lowercase hexadecimal digits",
        arguments: [
            "", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "A", count: 64),
            String(repeating: "g", count: 64),
        ])
    func keyIDs(text: String) {
        #expect(throws: MetadataError.malformedKeyID(text)) { try KeyID(text) }
    }

    @Test(
        "a time is a real date in the one notation",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00Z", 1_767_225_600),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("1969-12-31T23:59:59Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799), ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("1900-03-01T00:00:00Z", -2_203_891_200),
        ])
    func times(text: String, seconds: Int) throws {
        let time = try MetadataTime(parsing: text)
        #expect(time.secondsSinceEpoch == seconds)
        #expect(time.description == text)
        #expect(MetadataTime(secondsSinceEpoch: seconds) == time)
    }

    @Test(
        "nothing else is a time",
        arguments: [
            "", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00z", "2026-01-01 00:00:00Z",
            "2026-1-01T00:00:00Z",
            "2026-01-01T00:00:00.0Z", "2026-01-01T00:00:00+00:00", "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
            "0000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "+026-01-01T00:00:00Z", " 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z ", "２026-01-01T00:00:00Z", "2026-0１-01T00:00Z",
        ])
    func malformedTimes(text: String) {
        #expect(throws: MetadataError.malformedTime(text)) { try MetadataTime(parsing: text) }
    }

    @Test("moments without a notation become the nearest that has one")
    func extremes() {
        #expect(MetadataTime(secondsSinceEpoch: .max) == .latest)
        #expect(MetadataTime(secondsSinceEpoch: .min) == .earliest)
        #expect(MetadataTime.latest.advanced(bySeconds: .max) == .latest)
        #expect(MetadataTime.earliest.advanced(bySeconds: .min) == .earliest)
        #expect(soon.advanced(bySeconds: -86_400).description == "2033-05-17T03:33:20Z")
    }

    @Test("digests are those of the standards")
    func digests() {
        let abc = Array("abc".utf8)
        #expect(
            Digest.sha256Hex(abc) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hex.encode(Digest.hash(abc, with: .blake2b256))
                == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
        for algorithm in HashAlgorithm.allCases {
            #expect(Digest.hash(abc, with: algorithm).count == algorithm.byteCount)
        }
        #expect(Hex.decode("00fFAb") == [0, 255, 171])
        #expect(Hex.decode("0") == nil && Hex.decode("0g") == nil && Hex.decode("") == [])
    }
}
