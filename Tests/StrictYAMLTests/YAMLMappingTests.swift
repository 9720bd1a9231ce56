import StrictYAML
import Testing

@Suite("Strict YAML tolerates no mistake")
struct YAMLMappingTests {
    private enum Level: String, CaseIterable { case info, debug }

    @Test("reads each kind of value")
    func readsValues() throws {
        let text = """
            name: x
            count: 3
            flag: false
            wait: 10s
            size: 64KiB
            level: debug
            list: [a, b]
            inner: {key: v}
            """
        let mapping = try YAMLMapping(text: text, file: "f.yaml")

        #expect(try mapping.string("name") == "x")
        #expect(try mapping.integer("count", in: 1...5) == 3)
        #expect(try mapping.boolean("flag") == false)
        #expect(try mapping.duration("wait", in: .zero ... .seconds(60)) == .seconds(10))
        #expect(try mapping.byteCount("size", in: 0...1_000_000) == 65536)
        #expect(try mapping.choice("level", of: Level.self) == .debug)
        #expect(try mapping.strings("list") == ["a", "b"])
        let inner = try mapping.mapping("inner")
        #expect(try inner.string("key") == "v")
        try inner.finish()
        try mapping.finish()
        #expect(try mapping.string("absent") == nil)
    }

    @Test("reads a mapping whose keys are the file's own choice")
    func readsTexts() throws {
        let mapping = try YAMLMapping(text: "people: {\"CN=a,O=b\": alice, CN=c: bob}", file: "f.yaml")
        let people = try mapping.mapping("people")
        #expect(try people.texts() == ["CN=a,O=b": "alice", "CN=c": "bob"])
        try people.finish()
        let wrong = try YAMLMapping(text: "a: 7", file: "f.yaml")
        #expect(throws: YAMLError(place: "f.yaml:1", key: "a", reason: "must be a text")) {
            try wrong.texts()
        }
    }

    @Test(
        "names file, line, key and reason",
        arguments: [
            ("count: 6", "f.yaml:1: count: '6' must be a whole number from 1 to 5, in plain digits"),
            ("count: [1]", "f.yaml:1: count: must be a text"),
            ("count:", "f.yaml:1: count: has no value"),
            ("count: ~", "f.yaml:1: count: has no value"),
            ("list:\n- a\n- 7", "f.yaml:3: list[1]: must be a text"),
            ("list: [yes]", "f.yaml:1: list[0]: must be a text"),
            ("list: [[a]]", "f.yaml:1: list[0]: must be a text"),
            ("list: a", "f.yaml:1: list: must be a list of texts"),
            ("list:", "f.yaml:1: list: must be a list of texts"),
            ("inner: 1", "f.yaml:1: inner: must be a mapping of keys to values"),
            ("inner:\n  7: 1", "f.yaml:2: inner: every key must be a text"),
            ("'7': 1\n7: 1", "f.yaml:2: every key must be a text"),
            ("[a]: 1", "f.yaml:1: every key must be a text"),
            ("# comment\ntypo: 1", "f.yaml:2: typo: unknown key; known here: count, inner, list"),
            ("- 1", "f.yaml:1: must be a mapping of keys to values"),
        ])
    func refuses(text: String, message: String) throws {
        let error = #expect(throws: YAMLError.self) {
            let mapping = try YAMLMapping(text: text, file: "f.yaml")
            _ = try mapping.integer("count", in: 1...5)
            _ = try mapping.strings("list")
            try mapping.mapping("inner").finish()
            try mapping.finish()
        }
        #expect(error?.description == message)
    }

    @Test("a whole number is spelt in plain decimal digits", arguments: [0, 7, 10, Int.max])
    func readsIntegers(number: Int) throws {
        #expect(try YAMLMapping(text: "count: \(number)", file: "f.yaml").integer("count") == number)
    }

    @Test(
        "refuses every other spelling of a whole number",
        arguments: [
            "x", "1.0", "1e0", "+1", "-1", "00", "010", "0o10", "0x10", "0b1", "1_000", "1:30", "'1'",
            "\"1\"",
            "!!int '1'", "!!str 1", "99999999999999999999", "\u{0661}",
        ])
    func refusesIntegers(text: String) throws {
        let mapping = try YAMLMapping(text: "count: \(text)", file: "f.yaml")
        let error = #expect(throws: YAMLError.self) { try mapping.integer("count") }
        #expect(error?.description.hasPrefix("f.yaml:1: count: '") == true)
        #expect(error?.description.hasSuffix("' must be a whole number, in plain digits") == true)
    }

    @Test("refuses a file past the limit, which itself is allowed")
    func refusesLongFiles() throws {
        let longest = String(repeating: "#", count: 65_536)

        #expect(throws: Never.self) { try YAMLMapping(text: longest, file: "f.yaml").finish() }
        #expect(throws: YAMLError(place: "f.yaml", key: nil, reason: "longer than 65536 bytes")) {
            try YAMLMapping(text: longest + "#", file: "f.yaml")
        }
    }

    @Test("a caller's refusal says where the key or the item stands")
    func callersRefusals() throws {
        let mapping = try YAMLMapping(text: "a: {b: 1,\nc: [x,\ny]}", file: "f.yaml").mapping("a")

        #expect(mapping.refusal(of: "b", because: "no").description == "f.yaml:1: a.b: no")
        #expect(mapping.refusal(of: "absent", because: "no").description == "f.yaml: a.absent: no")
        #expect(mapping.refusal(of: "c", item: 1, because: "no").description == "f.yaml:3: a.c[1]: no")
        #expect(mapping.refusal(of: "c", item: 2, because: "no").description == "f.yaml: a.c[2]: no")
    }

    @Test("refuses what is not YAML", arguments: ["a: [", "a: b: c", "\u{1}", "count: 1\ncount: 2"])
    func refusesSyntax(text: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLMapping(text: text, file: "f.yaml") }
        #expect(error?.description.hasPrefix("f.yaml: not YAML") == true)
    }

    @Test(
        "refuses times and sizes without a known unit or past the integers",
        arguments: [
            "10", "s", "10x", "-1s", "99999999999999999999d", "9223372036854775807d",
        ])
    func refusesDurations(text: String) throws {
        let mapping = try YAMLMapping(text: "wait: \(text)", file: "f.yaml")
        #expect(throws: YAMLError.self) { try mapping.duration("wait", in: .zero ... .seconds(60)) }
    }

    @Test("an environment variable overrides the file")
    func environmentOverrides() throws {
        let mapping = try YAMLMapping(
            text: "http: {port: 1}", file: "f.yaml", environment: ["BONDED_HTTP_PORT": "2"])
        let http = try mapping.mapping("http")
        #expect(try http.integer("port", in: 1...9) == 2)
        try http.finish()
    }

    @Test("an environment variable's number is spelt as strictly", arguments: ["", "02", "+2", "0x2", "2 "])
    func refusesEnvironment(text: String) throws {
        let mapping = try YAMLMapping(text: "", file: "f.yaml", environment: ["BONDED_PORT": text])
        let error = #expect(throws: YAMLError.self) { try mapping.integer("port") }
        #expect(
            error?.description == "f.yaml: port: '\(text)' must be a whole number, in plain digits")
    }

    @Test("a mapping whose keys are all commented out is empty")
    func emptyMapping() throws {
        let mapping = try YAMLMapping(text: "inner:\n  # key: 1\n", file: "f.yaml")
        let inner = try mapping.mapping("inner")
        #expect(try inner.string("key") == nil)
        try inner.finish()
        try mapping.finish()
    }
}
