import Glibc

/// Asks on the terminal: for a passphrase without echo, for a yes with it.
///
/// It speaks to the terminal itself, so that it works while standard input and output are redirected. Ctrl-C is read
/// as a character rather than sent as a signal: the terminal is always put back as it was before anything else happens.
package struct TerminalPrompt: Sendable {
    private let device: String

    /// How often a new passphrase may be mistyped; our own limit.
    private static let maxAttempts = 3

    package init(device: String = "/dev/tty") {
        self.device = device
    }

    /// Asks once, for a passphrase that exists.
    ///
    /// - Throws: `.noTerminal`, `.promptInterrupted`, `.emptyPassphrase`, `.passphraseTooLong`.
    package func ask(_ question: String) throws(SigningError) -> Passphrase {
        try converse(echo: false) { terminal throws(SigningError) in
            show("\(question): ", on: terminal)
            return try Self.readLine(from: terminal)
        }
    }

    /// Asks for a yes.
    ///
    /// - Throws: `.declined` for anything else; as `ask`.
    package func confirm(_ question: String) throws(SigningError) {
        let answer = try converse(echo: true) { terminal throws(SigningError) in
            show("\(question) [y/N]: ", on: terminal)
            return try Self.readAnswer(from: terminal)
        }
        guard ["y", "yes"].contains(answer.lowercased()) else { throw .declined }
    }

    private func converse<Answer>(
        echo: Bool, _ body: (_ terminal: Int32) throws(SigningError) -> Answer
    ) throws(SigningError) -> Answer {
        let terminal = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { throw .noTerminal(device: device, errno: errno) }
        defer { close(terminal) }

        var before = termios()
        guard tcgetattr(terminal, &before) == 0 else { throw .noTerminal(device: device, errno: errno) }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t((echo ? 0 : ECHO) | ECHONL | ICANON | ISIG)
        withUnsafeMutableBytes(of: &quiet.c_cc) {
            $0[Int(VMIN)] = 1
            $0[Int(VTIME)] = 0
        }
        guard tcsetattr(terminal, TCSAFLUSH, &quiet) == 0 else {
            throw .noTerminal(device: device, errno: errno)
        }
        defer {
            tcsetattr(terminal, TCSAFLUSH, &before)
            show("\n", on: terminal)
        }
        return try body(terminal)
    }

    /// Asks twice, for a new passphrase; starts over when the entries differ.
    ///
    /// - Throws: as `ask`, and `.passphrasesDiffer` after three attempts.
    package func askTwice(_ question: String) throws(SigningError) -> Passphrase {
        var question = question
        for _ in 0..<Self.maxAttempts {
            let first = try ask(question)
            if try ask("Once more").matches(first) { return first }
            question = "They differ. Again"
        }
        throw .passphrasesDiffer
    }

    private static func readAnswer(from terminal: Int32) throws(SigningError) -> String {
        var answer: [UInt8] = []
        while true {
            switch try readKey(from: terminal) {
            case .end: return String(decoding: answer, as: UTF8.self)
            case .interrupt, .endOfInput: throw .promptInterrupted
            case .erase: _ = answer.popLast()
            case .eraseLine: answer = []
            case .byte(let byte): if answer.count < 16 { answer.append(byte) }
            }
        }
    }

    private static func readLine(from terminal: Int32) throws(SigningError) -> Passphrase {
        var count = 0
        let memory = try SecretMemory(count: Passphrase.maxBytes + 1) { start throws(SigningError) in
            let line = UnsafeMutableBufferPointer(start: start, count: Passphrase.maxBytes + 1)
            while true {
                switch try Self.readKey(from: terminal) {
                case .end:
                    return
                case .interrupt:
                    throw .promptInterrupted
                case .endOfInput:
                    guard count > 0 else { throw .promptInterrupted }
                    return
                case .erase:
                    // A character may have several bytes: 10xxxxxx continues one.
                    while count > 0 {
                        count -= 1
                        if line[count] & 0b1100_0000 != 0b1000_0000 { break }
                    }
                case .eraseLine:
                    count = 0
                case .byte(let byte):
                    guard count < line.count else { throw .passphraseTooLong(maxBytes: Passphrase.maxBytes) }
                    line[count] = byte
                    count += 1
                }
            }
        }
        return try Passphrase(memory: memory, count: count)
    }

    private enum Key {
        case end, interrupt, endOfInput, erase, eraseLine
        case byte(UInt8)
    }

    private static func readKey(from terminal: Int32) throws(SigningError) -> Key {
        var byte: UInt8 = 0
        var received = read(terminal, &byte, 1)
        while received < 0 && errno == EINTR { received = read(terminal, &byte, 1) }
        guard received == 1 else { throw .promptInterrupted }
        return switch byte {
        case 0x0A, 0x0D: .end
        case 0x03, 0x1C: .interrupt  // Ctrl-C, Ctrl-\
        case 0x04: .endOfInput  // Ctrl-D
        case 0x08, 0x7F: .erase
        case 0x15: .eraseLine  // Ctrl-U
        default: .byte(byte)
        }
    }

    /// Writes to the terminal; a terminal that takes no text will fail the read that follows.
    private func show(_ text: String, on terminal: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
