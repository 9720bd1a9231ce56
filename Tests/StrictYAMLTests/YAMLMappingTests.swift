import StrictYAML
import Testing

@Suite("Settings files tolerate no mistake")
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

    @Test(
        "names file, line, key and reason",
        arguments: [
            ("count: x", "f.yaml:1: count: 'x' must be a whole number from 1 to 5"),
            ("count: 6", "f.yaml:1: count: '6' must be a whole number from 1 to 5"),
            ("count: 1.0", "f.yaml:1: count: '1.0' must be a whole number from 1 to 5"),
            ("count: [1]", "f.yaml:1: count: must be a text"),
            ("# comment\ntypo: 1", "f.yaml:2: typo: unknown key; known here: count"),
            ("- 1", "f.yaml:1: must be a mapping of keys to values"),
        ])
    func refuses(text: String, message: String) throws {
        let error = #expect(throws: YAMLError.self) {
            let mapping = try YAMLMapping(text: text, file: "f.yaml")
            _ = try mapping.integer("count", in: 1...5)
            try mapping.finish()
        }
        #expect(error?.description == message)
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
}
