import CanonicalJSON
import TUF
import TUFClient
import Testing

@Suite("Changed metadata")
struct MutationTests {
    typealias Document = MutationSubject.Document

    /// What is put in the place of every node: each JSON type, numbers and text at the edges, and what is no JSON.
    private static let replacements: [[UInt8]] =
        [
            "null", "true", "0", "-1", "-0", "1.0", "1e2", "1e999", "9223372036854775807",
            "9223372036854775808", "007",
            "NaN", #""""#, #""x""#, #""\u0000""#, #""\ud800""#, "\"\n\"", "[]", "{}", "",
        ].map { Array($0.utf8) } + [[0x22, 0xFF, 0x22]]

    private static let deep =
        ["[", #"{"a":"#].map { Array(String(repeating: $0, count: 10_000).utf8) } + [
            Array((String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)).utf8)
        ]

    /// Offers a changed file to the client: it must be refused and change nothing, or say what the original says.
    ///
    /// - Returns: whether it was accepted.
    @discardableResult
    private func check(_ bytes: [UInt8], for subject: MutationSubject, _ signed: [UInt8]) -> Bool {
        var client = subject.client
        do throws(MetadataError) {
            let accepted = try subject.offer(bytes, to: &client)
            #expect(accepted == signed, "accepted \(String(decoding: bytes, as: UTF8.self))")
            return true
        } catch {
            #expect(client == subject.client, "changed by \(String(decoding: bytes, as: UTF8.self))")
            return false
        }
    }

    private func signedBytes(of bytes: [UInt8]) throws -> [UInt8] {
        try #require(JSONValue(parsing: bytes).object?["signed"]).canonicalBytes()
    }

    @Test(
        "no node of a document can be changed, removed or doubled",
        arguments: Document.allCases)
    func everyNode(_ document: Document) throws {
        let subject = try MutationSubject(document)
        let json = try JSONValue(parsing: subject.original)
        let signed = try signedBytes(of: subject.original)
        let text = json.jsonBytes()
        for path in json.paths {
            var edits = [JSONEdit.remove, .duplicate(Array("1".utf8)), .rename(Array(#""""#.utf8))]
            edits += Self.replacements.map { .replace($0) }
            if path.count <= 3 { edits += Self.deep.map { .replace($0) } }
            for edit in edits {
                let changed = json.text(editing: path[...], edit)
                if changed != text { #expect(!check(changed, for: subject, signed)) }
            }
        }
    }

    @Test("another spelling of the same document is the same document", arguments: Document.allCases)
    func spelling(_ document: Document) throws {
        let subject = try MutationSubject(document)
        let json = try JSONValue(parsing: subject.original)
        let signed = try signedBytes(of: subject.original)
        let text = String(decoding: subject.original, as: UTF8.self)
        for (old, new) in [
            (",", " ,\n"), (#""signed""#, #""\u0073igned""#), (#""_type""#, #""\u005ftype""#),
            (#"{"sig"#, #"{"_":1,"sig"#),
        ] {
            let changed = text.replacing(old, with: new)
            #expect(changed != text)
            #expect(check(Array(changed.utf8), for: subject, signed))
        }
        for edit in [JSONEdit.replace(Array("[]".utf8)), .remove] {
            #expect(!check(json.text(editing: [.member("signatures")], edit), for: subject, signed))
        }
    }

    @Test("no change of bytes makes a document say something else", arguments: Document.allCases)
    func bytes(_ document: Document) throws {
        let subject = try MutationSubject(document)
        let signed = try signedBytes(of: subject.original)
        var generator = SeededGenerator(seed: 458)
        for _ in 0..<1_000 {
            var bytes = subject.original.mutated(using: &generator)
            if !bytes.isEmpty, Bool.random(using: &generator) { bytes = bytes.mutated(using: &generator) }
            check(bytes, for: subject, signed)
        }
        for length in 0..<subject.original.count where length % 7 == 0 {
            #expect(!check(Array(subject.original.prefix(length)), for: subject, signed))
        }
    }

    /// What is put in the place of every node before the document is signed again.
    private static let contents: [JSONValue] = [
        .null, true, 0, -1, 1, 2, 33, .integer(.max), .integer(.min), "", "x", "1.0", "1.999999999.0",
        "../../x", "p/f",
        "\u{0}\n", "é", "00", "9999-12-31T23:59:59Z", "2027-01-15T08:00:01Z",
        .string(String(repeating: "*a", count: 500)),
        .string(String(repeating: "f", count: 64)), [], [""], ["*/*", "*"], [:],
        ["keyids": [], "threshold": 1],
    ]

    @Test("whatever is properly signed is refused, or taken as a whole", arguments: Document.allCases)
    func signedAgain(_ document: Document) throws {
        let subject = try MutationSubject(document)
        let content = try #require(JSONValue(parsing: subject.original).object?["signed"])
        var accepted = 0
        for path in [[]] + content.paths {
            // A member that nobody knows is kept, and signed with the rest.
            let extended = content.node(at: path[...])?.object.map {
                JSONValue.object($0.merging(["~": [1]]))
            }
            for new in [nil, extended ?? .null] + Self.contents.map(Optional.some) {
                guard let changed = content.replacing(path[...], with: new) else { continue }
                let bytes = try subject.signing(changed)
                var client = subject.client
                do throws(MetadataError) {
                    let signed = try subject.offer(bytes, to: &client)
                    #expect(signed == changed.canonicalBytes())
                    #expect(client.survivesWriting, "\(String(decoding: bytes, as: UTF8.self))")
                    accepted += 1
                } catch {
                    #expect(client == subject.client)
                    continue
                }
                try subject.goOn(from: client)
            }
        }
        #expect(accepted > 0)
    }
}
