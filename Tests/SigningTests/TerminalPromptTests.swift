import Foundation
import Synchronization
import Testing

@testable import Signing

@Suite("Terminal prompt", .timeLimit(.minutes(1)))
struct TerminalPromptTests {
    let terminal: PseudoTerminal

    init() throws { terminal = try PseudoTerminal() }

    @Test("takes a line without showing it")
    func noEcho() throws {
        let answer = terminal.run { prompt throws(SigningError) in try prompt.ask("Passphrase") }
        try terminal.type("sesame\n", after: "Passphrase: ")

        #expect(try answer.get().matches(Passphrase(bytes: Array("sesame".utf8))))
        #expect(terminal.shown == "Passphrase: \r\n")
    }

    @Test(
        "edits the line as a terminal does",
        arguments: [
            ("sesamf\u{7f}e\r", "sesame"), ("wrong\u{15}sesame\n", "sesame"),
            ("s\u{8}\u{8}\u{8}sesame\n", "sesame"),
            ("é\u{7f}sesame\n", "sesame"), ("sesame\u{4}", "sesame"),
        ])
    func editing(keys: String, expected: String) throws {
        let answer = terminal.run { prompt throws(SigningError) in try prompt.ask("Passphrase") }
        try terminal.type(keys, after: "Passphrase: ")

        #expect(try answer.get().matches(Passphrase(bytes: Array(expected.utf8))))
    }

    @Test(
        "puts the terminal back, whatever ends the prompt",
        arguments: ["sesame\n", "ses\u{3}", "\u{1c}", "\u{4}", "\n"])
    func restores(keys: String) throws {
        let before = terminal.settings
        let answer = terminal.run { prompt throws(SigningError) in try prompt.ask("Passphrase") }
        try terminal.waitFor("Passphrase: ")
        #expect(terminal.settings.c_lflag & tcflag_t(ECHO) == 0)
        terminal.type(keys)
        _ = answer.wait()

        #expect(terminal.settings.c_lflag == before.c_lflag)
        #expect(terminal.settings.c_lflag & tcflag_t(ECHO) != 0)
    }

    @Test("Ctrl-C, Ctrl-\\ and end of input interrupt", arguments: ["\u{3}", "ses\u{3}", "\u{1c}", "\u{4}"])
    func interrupts(keys: String) throws {
        let answer = terminal.run { prompt throws(SigningError) in try prompt.ask("Passphrase") }
        try terminal.type(keys, after: "Passphrase: ")

        #expect(throws: SigningError.promptInterrupted) { try answer.get() }
    }

    @Test(
        "an empty or overlong line is refused",
        arguments: [(0, SigningError.emptyPassphrase), (1025, .passphraseTooLong(maxBytes: 1024))])
    func length(count: Int, error: SigningError) throws {
        let answer = terminal.run { prompt throws(SigningError) in try prompt.ask("Passphrase") }
        try terminal.type(String(repeating: "a", count: count) + "\n", after: "Passphrase: ")

        #expect(throws: error) { try answer.get() }
    }

    @Test("a new passphrase is asked for until both entries agree")
    func askTwice() throws {
        let answer = terminal.run { prompt throws(SigningError) in try prompt.askTwice("New") }
        try terminal.type("sesame\n", after: "New: ")
        try terminal.type("sesamf\n", after: "Once more: ")
        try terminal.type("sesame\n", after: "They differ. Again: ")
        try terminal.type("sesame\n", after: "Once more: ")

        #expect(try answer.get().matches(Passphrase(bytes: Array("sesame".utf8))))
        #expect(!terminal.shown.contains("ses"))
    }

    @Test("three different pairs end the asking")
    func differ() throws {
        let answer = terminal.run { prompt throws(SigningError) in try prompt.askTwice("New") }
        for question in ["New: ", "They differ. Again: ", "They differ. Again: "] {
            try terminal.type("one\n", after: question)
            try terminal.type("two\n", after: "Once more: ")
        }
        #expect(throws: SigningError.passphrasesDiffer) { try answer.get() }
    }

    @Test("no terminal is an error that says so")
    func noTerminal() throws {
        #expect(throws: SigningError.noTerminal(device: "/nonexistent", errno: ENOENT)) {
            try TerminalPrompt(device: "/nonexistent").ask("Passphrase")
        }
        #expect(throws: SigningError.noTerminal(device: "/dev/null", errno: ENOTTY)) {
            try TerminalPrompt(device: "/dev/null").ask("Passphrase")
        }
    }
}
