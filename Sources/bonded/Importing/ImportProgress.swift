import Foundation

/// Tells a person how an import goes: a bar on a terminal, and a line for each refused file.
struct ImportProgress {
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var done = 0
    private var added = 0
    private var skipped = 0
    private(set) var refused = 0
    private(set) var lastTransaction: Int?

    private static let width = 40

    init(total: Int) {
        self.total = total
        draw()
    }

    mutating func count(_ outcome: ImportOutcome, of file: String) {
        done += 1
        switch outcome {
        case .added(let transaction):
            added += 1
            lastTransaction = transaction
        case .alreadyThere:
            skipped += 1
        case .refused(let reason):
            refused += 1
            erase()
            print("refused \(file): \(reason)")
        }
        draw()
    }

    func finish() {
        erase()
        print("\(added) added, \(skipped) already there, \(refused) refused, of \(total) files")
    }

    private func draw() {
        guard isTerminal, total > 0 else { return }
        let filled = Self.width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
        write("\r[\(bar)] \(done)/\(total)  \(refused) refused ")
    }

    private func erase() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
