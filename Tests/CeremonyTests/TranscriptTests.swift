import CanonicalJSON
import Foundation
import Signing
import TUF
import Testing

@testable import Ceremony

@Suite("Transcript of a ceremony")
struct TranscriptTests {
    private func alterManifest(of ceremony: TestCeremony, _ change: (inout JSONObject) throws -> Void) throws
    {
        var manifest = try #require(try JSONValue(parsing: ceremony.bytes("bundle.json")).object)
        try change(&manifest)
        try ceremony.write("bundle.json", JSONValue.object(manifest).canonicalBytes())
    }

    private func transcript(of ceremony: TestCeremony) throws -> String {
        String(decoding: try ceremony.bytes("transcript.txt"), as: UTF8.self)
    }

    @Test("says what was done when, by what, for which plan, with every key, file and root's fingerprint")
    func oneMachine() throws {
        let ceremony = try TestCeremony()
        let bundle = try ceremony.hold()
        let text = try transcript(of: ceremony)

        #expect(bundle.hasTranscript)
        #expect(text.contains("Software: test\n"))
        #expect(text.contains(try CeremonyPlan(yaml: TestCeremony.plan).digest))
        #expect(text.contains("2026-01-01T00:00:00Z  the key of alice is made on the ceremony's machine\n"))
        #expect(text.contains("2026-01-01T00:00:00Z  dave signs claimed, unclaimed\n"))
        for keys in bundle.manifest.roles.values {
            for id in keys.keyIDs { #expect(text.contains(id.hex)) }
        }
        for path in ceremony.contents where path.hasSuffix(".key") || path.hasPrefix("bundle/metadata/") {
            let name = String(path.dropFirst("bundle/".count))
            #expect(text.contains("  \(Digest.sha256Hex(try ceremony.bytes(name)))  \(name)\n"))
        }
        #expect(text.contains("  \(bundle.rootFingerprint)\n"))
        #expect(text.contains(try #require(QRCode(bundle.rootFingerprint)).lines.joined(separator: "\n")))
    }

    @Test("of several machines, says who signed when, and who did not need to")
    func severalMachines() throws {
        let machines = try TestMachines(
            yaml: TestCeremony.plan.replacing("[carol, dave]", with: "[carol, bob]"))
        var draft = try machines.prepare()
        let later = TestCeremony.now.advanced(bySeconds: 60)
        draft = try machines.sign(draft, "alice", "bob")
            .signed(by: HolderName("carol"), with: machines.keys["carol"]!, now: later)
        try machines.assemble(machines.carry(draft, as: "signed"), at: later)
        let text = try transcript(of: machines.files)

        #expect(text.contains("2026-01-01T00:00:00Z  alice contributes the key of their own machine\n"))
        #expect(text.contains("2026-01-01T00:00:00Z  alice signs root, targets\n"))
        #expect(text.contains("2026-01-01T00:01:00Z  carol signs root, unclaimed\n"))
        #expect(text.contains("2026-01-01T00:01:00Z  the bundle is verified and written\n"))
        #expect(text.contains("Not signed, and not needed: dave\n"))
        #expect(text.contains(draft.fingerprint))
        #expect(!text.contains("To be handed"))
    }

    @Test("an altered transcript is refused, and one that is missing or that nothing vouches for")
    func altered() throws {
        let ceremony = try TestCeremony()
        try ceremony.hold()
        let refusal = CeremonyError.bundle(
            path: ceremony.directory, fault: .wrongHash(file: "transcript.txt"))
        let text = try transcript(of: ceremony)

        try ceremony.write("transcript.txt", Array(text.replacing("alice signs", with: "mallory signs").utf8))
        #expect(throws: refusal) { try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now) }
        try FileManager.default.removeItem(atPath: "\(ceremony.directory)/transcript.txt")
        #expect(throws: refusal) { try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now) }
        try ceremony.write("transcript.txt", Array(text.utf8))
        try alterManifest(of: ceremony) { $0["transcript"] = nil }
        #expect(throws: refusal) { try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now) }
    }

    @Test("a transcript that records something else than the bundle is refused, whoever wrote the manifest")
    func otherRecord() throws {
        let ceremony = try TestCeremony()
        let bundle = try ceremony.hold()
        let text = try transcript(of: ceremony)
        let code = try #require(QRCode(bundle.rootFingerprint)).lines.joined(separator: "\n")
        let otherCode = try #require(QRCode(String(repeating: "0", count: 64))).lines.joined(separator: "\n")
        let changes = [
            (bundle.rootFingerprint, String(repeating: "0", count: 64)), (code, otherCode),
            ("root: 2 of 3", "root: 3 of 3"), ("Bins: 16", "Bins: 8"),
        ]
        for (from, to) in changes {
            let altered = Array(text.replacing(from, with: to).utf8)
            try ceremony.write("transcript.txt", altered)
            try alterManifest(of: ceremony) { $0["transcript"] = .string(Digest.sha256Hex(altered)) }
            #expect(throws: CeremonyError.bundle(path: ceremony.directory, fault: .otherTranscript), "\(to)")
            {
                try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now)
            }
        }
    }

    @Test("a bundle from before there were transcripts verifies")
    func older() throws {
        let ceremony = try TestCeremony()
        try ceremony.hold()
        try FileManager.default.removeItem(atPath: "\(ceremony.directory)/transcript.txt")
        try alterManifest(of: ceremony) { $0["transcript"] = nil }

        #expect(!(try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now).hasTranscript))
    }

    @Test("a holder's name in a manifest that could leave its folder is refused")
    func holderName() throws {
        let ceremony = try TestCeremony()
        try ceremony.hold()
        try alterManifest(of: ceremony) { manifest in
            var holders = manifest["holders"]!.object!
            holders["../alice"] = holders["alice"]
            manifest["holders"] = .object(holders)
        }
        #expect(throws: CeremonyError.bundle(path: ceremony.directory, fault: .manifest(field: "holders"))) {
            try CeremonyBundle(reading: ceremony.directory, now: TestCeremony.now)
        }
    }
}

@Suite("QR codes")
struct QRCodeTests {
    @Test("two rows of modules are one line of equal width, with the blank border of the standard")
    func shape() throws {
        let lines = try #require(QRCode(String(repeating: "a", count: 64))).lines
        #expect(lines.count == 25)  // version 6: 41 modules, and 4 on each side
        for line in lines {
            #expect(line.count == 49)
            #expect(line.hasPrefix("    ") && line.hasSuffix("    "))
        }
        for line in lines.prefix(2) + lines.suffix(2) { #expect(line.allSatisfy { $0 == " " }) }
        #expect(lines[2].hasPrefix("    █▀▀▀▀▀█ "))
    }

    @Test("a terminal shows black on white, whatever its colours")
    func terminal() throws {
        let code = try #require(QRCode("a"))
        for (line, plain) in zip(code.terminalLines, code.lines) {
            #expect(line == "\u{1B}[30;107m\(plain)\u{1B}[0m")
        }
    }

    @Test("a text that no code holds makes none")
    func tooLong() {
        #expect(QRCode(String(repeating: "a", count: 4000)) == nil)
    }
}
