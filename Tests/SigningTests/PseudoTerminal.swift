import Foundation
import Synchronization

@testable import Signing

/// A terminal whose keyboard and screen are the test's.
final class PseudoTerminal: Sendable {
    private let keyboard: Int32
    private let device: Int32
    private let path: String
    private let screen = Mutex("")
    private let position = Mutex(0)

    struct Failure: Error { let what: String }

    init() throws {
        keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var unlock: Int32 = 0
        var number: UInt32 = 0
        // TIOCSPTLCK and TIOCGPTN, which the header spells with macros that do not import.
        guard keyboard >= 0, ioctl(keyboard, 0x4004_5431, &unlock) == 0,
            ioctl(keyboard, 0x8004_5430, &number) == 0
        else { throw Failure(what: "no pseudo-terminal: \(errno)") }
        path = "/dev/pts/\(number)"
        device = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard device >= 0 else { throw Failure(what: "\(path): \(errno)") }
    }

    deinit {
        close(device)
        close(keyboard)
    }

    /// What a prompt that runs on a thread of its own gave.
    final class Answer: Sendable {
        private let result = Mutex<Result<Passphrase, SigningError>?>(nil)
        private let done = DispatchSemaphore(value: 0)

        func finish(_ value: Result<Passphrase, SigningError>) {
            result.withLock { $0 = value }
            done.signal()
        }

        func wait() -> Result<Passphrase, SigningError> {
            done.wait()
            return result.withLock { $0 } ?? .failure(.promptInterrupted)
        }

        func get() throws -> Passphrase { try wait().get() }
    }

    func run(_ ask: @escaping @Sendable (TerminalPrompt) throws(SigningError) -> Passphrase) -> Answer {
        let answer = Answer()
        let prompt = TerminalPrompt(device: path)
        Thread { answer.finish(Result { () throws(SigningError) in try ask(prompt) }) }.start()
        return answer
    }

    var settings: termios {
        var settings = termios()
        tcgetattr(device, &settings)
        return settings
    }

    /// Everything on the screen, until now.
    var shown: String {
        while readScreen(milliseconds: 0) {}
        return screen.withLock { $0 }
    }

    func type(_ keys: String, after text: String) throws {
        try waitFor(text)
        type(keys)
    }

    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = bytes.withUnsafeBytes { write(keyboard, $0.baseAddress, $0.count) }
    }

    /// Waits until the screen shows the text, after what was waited for before.
    func waitFor(_ text: String) throws {
        while true {
            let found = position.withLock { position in
                screen.withLock { screen in
                    let rest = screen.dropFirst(position)
                    guard let range = rest.range(of: text) else { return false }
                    position = screen.distance(from: screen.startIndex, to: range.upperBound)
                    return true
                }
            }
            if found { return }
            guard readScreen(milliseconds: 10_000) else { throw Failure(what: "never showed \(text)") }
        }
    }

    private func readScreen(milliseconds: Int32) -> Bool {
        var events = pollfd(fd: keyboard, events: Int16(POLLIN), revents: 0)
        guard poll(&events, 1, milliseconds) == 1 else { return false }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(keyboard, &bytes, bytes.count)
        guard count > 0 else { return false }
        screen.withLock { $0 += String(decoding: bytes.prefix(count), as: UTF8.self) }
        return true
    }
}
