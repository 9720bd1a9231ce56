import Foundation
import HTTPClient
import Installing
import Packaging
import TUF
import TUFClient
import Testing

@Suite("Why something is not handed on")
struct InstallErrorTests {
    private static let index = URL(string: "https://index.example/simple/")!
    private static let other = URL(string: "https://other.example/simple/")!
    private static let now = MetadataTime(secondsSinceEpoch: 1_800_000_000)
    private static let demo = try! ProjectName("Demo.Pkg")

    private static func distrusted(_ error: MetadataError, clock: Int? = nil) -> InstallError {
        .distrusted(
            index: index, error, now: now, clock: clock.map { now.advanced(bySeconds: $0) })
    }

    private static func insufficient(_ requirement: RequiredVouching, _ vouching: Vouching) -> InstallError {
        .insufficient(index: index, project: demo, requirement, vouching)
    }

    static let said: [(error: InstallError, kind: InstallError.Kind, words: [String])] = [
        (.unusableAddress("x"), .usage, ["'x'", "give that of its /simple/"]),
        (.alreadyPinned(index), .usage, ["bonded-pip trust remove https://index.example/simple/"]),
        (.notPinned(index), .usage, ["bonded-pip trust list"]),
        (.noIndexes, .usage, ["bonded-pip trust add"]),
        (.unreadableState(path: "/a/b"), .configuration, ["/a/b", "remove it", "bonded-pip trust add"]),
        (
            .wrongFingerprint(index: index, expected: "aa", actual: "bb"), .distrusted,
            ["bb, not aa", "do not trust it", "ask the index's operators"]
        ),
        (
            distrusted(.belowThreshold(role: .targets, valid: 1, threshold: 2)), .distrusted,
            ["'targets'", "1 of 2", "forged or damaged", "tell the index's operators"]
        ),
        (
            distrusted(.rollback(role: .timestamp, trusted: 5, offered: 4)), .distrusted,
            ["'timestamp'", "version 4, not 5", "Try again later"]
        ),
        (distrusted(.removedFromSnapshot("a")), .distrusted, ["lacks 'a'", "Try again later"]),
        (
            distrusted(.unexpectedVersion(role: "a", expected: 2, found: 1)), .distrusted,
            ["version 1 where 2 belongs", "tell its operators"]
        ),
        (
            distrusted(.expired(role: .timestamp, at: now)), .distrusted,
            ["has expired", "somebody holds back what is new", "tell its operators"]
        ),
        (distrusted(.expired(role: .timestamp, at: now), clock: 300), .distrusted, ["somebody holds back"]),
        (
            distrusted(.expired(role: .timestamp, at: now), clock: -301), .distrusted,
            ["your clock says", "the server's says", "set your clock right"]
        ),
        (distrusted(.wrongHash(algorithm: "sha256")), .distrusted, ["changed on its way"]),
        (distrusted(.wrongLength(expected: 1, found: 2)), .distrusted, ["changed on its way"]),
        (distrusted(.missingFromSnapshot("a")), .distrusted, ["does not list 'a'", "damaged"]),
        (distrusted(.missingField("x")), .distrusted, ["damaged or forged", "nothing was handed on"]),
        (
            .missing(index: index, address: "http://a/"), .distrusted,
            ["http://a/ is missing", "try again later"]
        ),
        (.unsettled(index: index), .distrusted, ["try again"]),
        (
            .unreachable(index: index, .status(503, address: "http://a/", said: "see /security/3/")),
            .unreachable,
            ["503", "see /security/3/", "nothing can be verified", "try again once it answers"]
        ),
        (
            .unreachable(index: index, .tooSlow(address: "http://a/", seconds: 9)), .unreachable,
            ["given up after 9 s", "try again"]
        ),
        (
            .unreachable(index: index, .unreachable(address: "http://a/", reason: "why")), .unreachable,
            ["cannot reach http://a/: why"]
        ),
        (
            .unreachable(index: index, .tooLong(address: "http://a/", maxBytes: 9)), .distrusted,
            ["more than the 9 bytes expected"]
        ),
        (.wrongContent(index: index, path: "a/b"), .distrusted, ["a/b", "nothing of it was handed on"]),
        (
            .unreadablePage(index: index, project: demo, .notUTF8), .distrusted,
            ["the page of Demo.Pkg", "not valid UTF-8"]
        ),
        (.otherProject(index: index, project: demo, named: "evil"), .distrusted, ["is that of 'evil'"]),
        (insufficient(.claim, .nobody), .policy, ["no TUF metadata", "--require claim"]),
        (
            insufficient(.maintainers, .index), .policy,
            ["only the index's online keys", "--require maintainers", "--allow Demo.Pkg", "seal claim"]
        ),
        (
            insufficient(.maintainers, .claim), .policy,
            ["claimed recently", "--require claim", "--allow Demo.Pkg"]
        ),
        (
            .boundElsewhere(project: demo, bound: index, found: other), .policy,
            [
                "bound to https://index.example", "https://other.example/simple/, which is asked before it",
                "bonded-pip trust forget demo-pkg",
            ]
        ),
        (
            .boundElsewhere(project: demo, bound: index, found: nil), .policy,
            ["which has it no more", "bonded-pip trust forget demo-pkg"]
        ),
        (
            .otherServer("a:1"), .policy,
            ["a:1", "nothing is fetched from it", "bonded-pip trust add", "leave it out"]
        ),
        (.folder(FolderError("/a", code: ENOSPC)), .system, ["/a: No space left"]),
    ]

    @Test("a refusal says what was found and what to do, and of which kind it is", arguments: said.indices)
    func descriptions(position: Int) {
        let (error, kind, words) = Self.said[position]
        for word in words { #expect("\(error)".contains(word), "\(error)") }
        #expect(error.kind == kind)
        #expect("\(error)".allSatisfy { $0 != "\n" }, "it becomes a reason phrase")
    }

    @Test("what goes wrong in the modules below becomes a refusal of the index that was asked")
    func conversion() {
        let convert = { (error: any Error) in
            "\(InstallError(error, at: Self.index, now: Self.now, clock: nil))"
        }
        #expect(convert(InstallError.noIndexes) == "\(InstallError.noIndexes)")
        #expect(
            convert(MetadataError.missingFromSnapshot("a")) == "\(Self.distrusted(.missingFromSnapshot("a")))"
        )
        #expect(
            convert(UpdaterError.missing(address: "x"))
                == "\(InstallError.missing(index: Self.index, address: "x"))")
        #expect(convert(UpdaterError.unsettled) == "\(InstallError.unsettled(index: Self.index))")
        let slow = HTTPClientError.tooSlow(address: "x", seconds: 1)
        #expect(convert(slow) == "\(InstallError.unreachable(index: Self.index, slow))")
        let full = FolderError("/a", code: ENOSPC)
        #expect(convert(full) == "\(InstallError.folder(full))")
    }
}
